package io.carnelian.server.admin;

import io.carnelian.server.command.Call;
import io.carnelian.server.resp.Token;
import java.util.List;

/**
 * What some commands do with keys depends on their options: SET with GET reads its key too,
 * BITFIELD with nothing but GET only reads it, SORT and GEORADIUS name another key behind STORE,
 * MIGRATE has an empty key and names several behind KEYS.
 */
final class VariableKeyFlags {
    private static final Token GET = Token.of("GET");
    private static final Token OVERFLOW = Token.of("OVERFLOW");
    private static final List<List<String>> OVERWRITES = List.of(List.of("OW", "update"));
    private static final List<List<String>> READS = List.of(List.of("RO", "access"));
    private static final List<List<String>> READS_AND_STORES =
            List.of(List.of("RO", "access"), List.of("OW", "update"));
    private static final Token STORE = Token.of("STORE");
    private static final Token STOREDIST = Token.of("STOREDIST");
    private static final Token KEYS = Token.of("KEYS");
    private static final Token AUTH = Token.of("AUTH");
    private static final Token AUTH2 = Token.of("AUTH2");
    private static final Token BY = Token.of("BY");
    private static final Token LIMIT = Token.of("LIMIT");
    private static final List<List<String>> CHANGES = List.of(List.of("RW", "access", "update"));

    /** Where the key of a command in {@code COMMAND GETKEYSANDFLAGS set key …} stands. */
    private static final int KEY = 3;

    private VariableKeyFlags() {}

    /** The flags of the command that stands in the arguments of this one. */
    static List<List<String>> of(Call call, String name, List<List<String>> usual) {
        return switch (name) {
            case "set" -> ofSet(call);
            case "bitfield" -> ofBitfield(call);
            case "migrate" -> List.of(usual.getFirst());
            case "sort", "georadius", "georadiusbymember" -> READS_AND_STORES;
            default -> usual;
        };
    }

    /**
     * Adds the positions of keys behind STORE to the others, or puts those behind KEYS in their
     * place; false if the command can't have keys in both.
     */
    static boolean addOptional(Call call, String name, List<Integer> positions) {
        if (name.equals("sort")) {
            addSorted(call, positions);
        } else if (name.equals("georadius") || name.equals("georadiusbymember")) {
            int from = name.equals("georadius") ? KEY + 5 : KEY + 4;
            addBehind(call, STORE, from, positions);
            addBehind(call, STOREDIST, from, positions);
        } else if (name.equals("migrate")) {
            return addMigrated(call, positions);
        }
        return true;
    }

    /** {@code migrate host port "" db timeout [COPY] … KEYS a b}, from the third argument on. */
    private static boolean addMigrated(Call call, List<Integer> positions) {
        int i = KEY + 5;
        while (i + 1 < call.argc() && !call.is(i, KEYS)) {
            i += call.is(i, AUTH) ? 2 : call.is(i, AUTH2) ? 3 : 1;
        }
        if (i + 1 >= call.argc()) {
            return true;
        }
        if (call.length(KEY + 2) > 0) {
            return false;
        }
        positions.clear();
        while (++i < call.argc()) {
            positions.add(i - 2);
        }
        return true;
    }

    private static void addBehind(Call call, Token word, int from, List<Integer> positions) {
        for (int i = from; i + 1 < call.argc(); i++) {
            if (call.is(i, word)) {
                positions.add(i + 1 - 2);
                return;
            }
        }
    }

    /** Of several the last one counts. */
    private static void addSorted(Call call, List<Integer> positions) {
        int stored = 0;
        for (int i = KEY + 1; i + 1 < call.argc(); i++) {
            if (call.is(i, STORE)) {
                stored = ++i;
            } else if (call.is(i, LIMIT)) {
                i += 2;
            } else if (call.is(i, BY) || call.is(i, GET)) {
                i++;
            }
        }
        if (stored != 0) {
            positions.add(stored - 2);
        }
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
