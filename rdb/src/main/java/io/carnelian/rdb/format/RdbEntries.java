package io.carnelian.rdb.format;

import java.io.IOException;

/**
 * Goes through an RDB file from entry to entry. What stands between them is told a {@link
 * Listener}; of an entry {@link #next} reads everything but the value, which the caller then reads
 * from the same reader, all of it.
 *
 * <pre>
 *   header ─► (AUX | SELECTDB | RESIZEDB | FUNCTION2)* ─► [expiry] [idle | freq] type key │ value
 *               ▲                                                                          │
 *               └─────────────────────────── next() ───────────────────────────────────────┘
 *            ─► EOF checksum: next() is false
 * </pre>
 */
public final class RdbEntries {
    /** Expiry, idle time or frequency of an entry that says none. */
    public static final long NONE = -1;

    /** A key in a message is not longer than this. */
    private static final int SHOWN_KEY_CHARS = 128;

    /** Hears of what is no entry. */
    public interface Listener {
        /** A fact about the file; long ones are cut. */
        default void aux(String name, String value) {}

        /** How many keys the current database will have, and how many of them expire; a hint. */
        default void sizes(int db, long keys, long expires) {}

        /**
         * A library of functions.
         *
         * @return false if there is no way to keep it: the file is refused then
         */
        default boolean function(Blob source) {
            return false;
        }
    }

    private final RdbReader reader;
    private final Listener listener;
    private final int databases;
    private final Blob key;
    private final ArrayBlob source = new ArrayBlob(16 << 20);
    private int db;
    private int type;
    private long expireAtMs;
    private long idleSeconds;
    private int frequency;

    /**
     * @param databases as many as there are: a file that selects another one is refused
     * @param key takes the key of each entry
     */
    public RdbEntries(RdbReader reader, Listener listener, int databases, Blob key) {
        this.reader = reader;
        this.listener = listener;
        this.databases = databases;
        this.key = key;
    }

    /** Reads magic and version. */
    public void begin() throws IOException {
        reader.readHeader();
    }

    /** Goes to the next entry; false at the end of the file, whose checksum is right then. */
    public boolean next() throws IOException {
        expireAtMs = NONE;
        idleSeconds = NONE;
        frequency = (int) NONE;
        while (true) {
            int opcode = reader.readByte();
            switch (opcode) {
                case Opcodes.AUX -> listener.aux(reader.readText(), reader.readText());
                case Opcodes.SELECTDB -> selectDb();
                case Opcodes.RESIZEDB ->
                        listener.sizes(
                                db,
                                reader.readLength(Long.MAX_VALUE),
                                reader.readLength(Long.MAX_VALUE));
                case Opcodes.SLOT_INFO -> {
                    for (int i = 0; i < 3; i++) {
                        reader.readLength(Long.MAX_VALUE);
                    }
                }
                case Opcodes.EXPIRETIME_MS -> expireAtMs = reader.readLe(8);
                case Opcodes.EXPIRETIME -> expireAtMs = reader.readLe(4) * 1000;
                case Opcodes.IDLE -> idleSeconds = reader.readLength(Long.MAX_VALUE);
                case Opcodes.FREQ -> frequency = reader.readByte();
                case Opcodes.FUNCTION2 -> function();
                case Opcodes.FUNCTION_PRE_GA ->
                        throw reader.damaged("Pre-release function format not supported.");
                case Opcodes.MODULE_AUX -> throw moduleAux();
                case Opcodes.EOF -> {
                    reader.readChecksum();
                    return false;
                }
                default -> {
                    if (Opcodes.typeName(opcode) == null) {
                        throw reader.damaged("unknown type or opcode " + opcode);
                    }
                    type = opcode;
                    reader.readString(key);
                    return true;
                }
            }
        }
    }

    /** The database of this entry. */
    public int db() {
        return db;
    }

    /** Its type: one of {@link Opcodes}. */
    public int type() {
        return type;
    }

    /** When it expires, in ms since 1970, or {@link #NONE}. */
    public long expireAtMs() {
        return expireAtMs;
    }

    /** How long it was not used, or {@link #NONE}. */
    public long idleSeconds() {
        return idleSeconds;
    }

    /** Its LFU counter, 0 to 255, or {@link #NONE}. */
    public int frequency() {
        return frequency;
    }

    /** The key as messages show it: bytes that are not printable as {@code \xhh}, the rest cut. */
    public static String shown(Blob key) {
        StringBuilder text = new StringBuilder();
        for (long i = 0; i < Math.min(key.length(), SHOWN_KEY_CHARS); i++) {
            int c = key.at(i);
            if (c >= ' ' && c <= '~' && c != '\\') {
                text.append((char) c);
            } else {
                text.append("\\x%02x".formatted(c));
            }
        }
        return key.length() > SHOWN_KEY_CHARS ? text + "..." : text.toString();
    }

    /**
     * The name in the 64-bit id of a module's type: nine characters of six bits, then a version.
     */
    public static String moduleName(long id) {
        String letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        StringBuilder name = new StringBuilder(9);
        for (int i = 0; i < 9; i++) {
            name.append(letters.charAt((int) (id >>> (58 - 6 * i)) & 63));
        }
        return name.toString();
    }

    private void selectDb() throws IOException {
        long number = reader.readLength(Integer.MAX_VALUE);
        if (number >= databases) {
            throw reader.damaged(
                    "the file has a database "
                            + number
                            + ", but there are only "
                            + databases
                            + " databases here (databases)");
        }
        db = (int) number;
    }

    private void function() throws IOException {
        reader.readString(source);
        if (!listener.function(source)) {
            throw reader.damaged("a library of functions, which this server can't hold");
        }
    }

    private RdbFormatException moduleAux() throws IOException {
        String name = moduleName(reader.readLength(Long.MAX_VALUE));
        return reader.damaged(
                "The RDB file contains AUX module data I can't load: no matching module '"
                        + name
                        + "'");
    }
}
