package io.carnelian.server.admin;

import io.carnelian.server.command.Call;
import io.carnelian.server.resp.Token;
import java.util.List;

/**
 * What two commands do with their key depends on their options: SET with GET reads it too, BITFIELD
 * with nothing but GET only reads it.
 */
final class VariableKeyFlags {
    private static final Token GET = Token.of("GET");
    private static final Token OVERFLOW = Token.of("OVERFLOW");
    private static final List<List<String>> OVERWRITES = List.of(List.of("OW", "update"));
    private static final List<List<String>> READS = List.of(List.of("RO", "access"));
    private static final List<List<String>> CHANGES = List.of(List.of("RW", "access", "update"));

    /** Where the key of a command in {@code COMMAND GETKEYSANDFLAGS set key …} stands. */
    private static final int KEY = 3;

    private VariableKeyFlags() {}

    /** The flags of the command that stands in the arguments of this one. */
    static List<List<String>> of(Call call, String name, List<List<String>> usual) {
        return switch (name) {
            case "set" -> ofSet(call);
            case "bitfield" -> ofBitfield(call);
            default -> usual;
        };
    }

    private static List<List<String>> ofSet(Call call) {
        for (int i = KEY + 2; i < call.argc(); i++) {
            if (call.is(i, GET)) {
                return CHANGES;
            }
        }
        return OVERWRITES;
    }

    private static List<List<String>> ofBitfield(Call call) {
        int i = KEY + 1;
        while (i < call.argc()) {
            if (call.is(i, GET)) {
                i += 3;
            } else if (call.is(i, OVERFLOW)) {
                i += 2;
            } else {
                return CHANGES;
            }
        }
        return READS;
    }
}
