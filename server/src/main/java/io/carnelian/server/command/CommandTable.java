package io.carnelian.server.command;

import io.carnelian.server.memory.Memory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Name → command, without regard to case. Looked up by the bytes of the request: the first sixteen
 * are folded into two words and an open-addressing array of three times the size answers in one or
 * two probes. Names longer than sixteen bytes compare their rest.
 *
 * <p>Families add their rows at start; {@code rename-command} moves or removes one before the first
 * client comes.
 */
public final class CommandTable {
    private static final long CASE_BITS = 0x2020202020202020L;

    private final Map<String, Command> byName = new LinkedHashMap<>();
    private @Nullable Command[] slots = new Command[64];
    private byte[][] slotNames = new byte[64][];
    private long[] firstWords = new long[64];

    /**
     * Adds a row.
     *
     * @param name lower case
     * @param arity number of arguments with the name; negative: at least so many
     * @param flags a sum of {@link Flags}
     * @param categories a sum of {@link Categories}; those that follow from the flags are added
     */
    public Command add(
            String name, int arity, int flags, Keys keys, int categories, Handler handler) {
        Command command = new Command(name, arity, flags, keys, categories, handler, null);
        put(command);
        return command;
    }

    /** Adds a container: a command that only has subcommands, added by {@link Command#sub}. */
    public Command container(String name, int categories) {
        return add(
                name,
                -2,
                0,
                Keys.NONE,
                categories,
                call -> {
                    throw new IllegalStateException("a container has no handler: " + name);
                });
    }

    void put(Command command) {
        putAs(command.name(), command);
    }

    private void putAs(String name, Command command) {
        if (byName.putIfAbsent(name.toLowerCase(Locale.ROOT), command) != null) {
            throw new IllegalStateException("two commands named " + name);
        }
        rebuild();
    }

    /**
     * Gives a command another name; the empty name removes it. False when there is none of that
     * name.
     */
    public boolean rename(String from, String to) {
        Command command = byName.remove(from.toLowerCase(Locale.ROOT));
        if (command == null) {
            return false;
        }
        if (to.isEmpty()) {
            rebuild();
        } else {
            putAs(to, command);
        }
        return true;
    }

    public @Nullable Command find(String name) {
        return byName.get(name.toLowerCase(Locale.ROOT));
    }

    /** By {@code get}, or {@code config|get}; null when there is none. */
    public @Nullable Command named(String name) {
        int bar = name.indexOf('|');
        Command command = find(bar < 0 ? name : name.substring(0, bar));
        if (command == null || bar < 0) {
            return command;
        }
        CommandTable subs = command.subcommandTable();
        return subs == null ? null : subs.find(name.substring(bar + 1));
    }

    /** In the order of their adding. */
    public Collection<Command> all() {
        return byName.values();
    }

    public List<Command> withSubcommands() {
        List<Command> every = new ArrayList<>();
        for (Command c : byName.values()) {
            every.add(c);
            every.addAll(c.subcommands());
        }
        return every;
    }

    public int size() {
        return byName.size();
    }

    /** The command of a request's name, or null. Allocates nothing. */
    public @Nullable Command find(long address, int length) {
        long first = firstWord(address, length);
        int mask = slots.length - 1;
        for (int i = slot(first, length) & mask; ; i = (i + 1) & mask) {
            Command c = slots[i];
            if (c == null) {
                return null;
            }
            if (firstWords[i] == first
                    && slotNames[i].length == length
                    && restEquals(slotNames[i], address)) {
                return c;
            }
        }
    }

    private static int slot(long word, int length) {
        long h = (word ^ length) * 0x9E3779B97F4A7C15L;
        return (int) (h >>> 40);
    }

    /** The first eight bytes in lower case, short names padded by zeros. */
    private static long firstWord(long address, int length) {
        if (length >= 8) {
            return Memory.getLong(address) | CASE_BITS;
        }
        long word = 0;
        for (int i = length - 1; i >= 0; i--) {
            word = (word << 8) | ((Memory.getByte(address + i) | 0x20) & 0xFF);
        }
        return word;
    }

    /** Exact comparison: folding maps a few other bytes onto letters, so every byte is checked. */
    private static boolean restEquals(byte[] name, long address) {
        for (int i = 0; i < name.length; i++) {
            int b = Memory.getByte(address + i);
            if (b >= 'A' && b <= 'Z') {
                b += 32;
            }
            if (b != name[i]) {
                return false;
            }
        }
        return true;
    }

    private void rebuild() {
        int size = 64;
        while (size < byName.size() * 3) {
            size <<= 1;
        }
        slots = new Command[size];
        slotNames = new byte[size][];
        firstWords = new long[size];
        for (Map.Entry<String, Command> e : byName.entrySet()) {
            byte[] name = e.getKey().getBytes(StandardCharsets.ISO_8859_1);
            long first = 0;
            for (int i = Math.min(name.length, 8) - 1; i >= 0; i--) {
                first = (first << 8) | ((name[i] | 0x20) & 0xFF);
            }
            int i = slot(first, name.length) & (size - 1);
            while (slots[i] != null) {
                i = (i + 1) & (size - 1);
            }
            slots[i] = e.getValue();
            slotNames[i] = name;
            firstWords[i] = first;
        }
    }
}
