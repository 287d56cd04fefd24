package io.carnelian.server.command;

/**
 * Where the keys of a command stand: first position, last position (negative: counted from the
 * end), step. Commands whose keys no such triple describes carry {@link Flags#MOVABLE_KEYS} and a
 * finder of their own: {@code countAt} is the argument that says how many keys follow it.
 */
public record Keys(int first, int last, int step, int countAt) {
    /** Keys at fixed places. */
    public Keys(int first, int last, int step) {
        this(first, last, step, 0);
    }

    /** A key at the first argument, and those behind the second, which says how many they are. */
    public static final Keys FIRST_AND_COUNTED = new Keys(1, 1, 1, 2);

    /** Keys behind the argument that says how many; older clients are told of none. */
    public static Keys countedAt(int argument) {
        return new Keys(0, 0, 0, argument);
    }

    public static final Keys NONE = new Keys(0, 0, 0);

    /** One key, the first argument. */
    public static final Keys FIRST = new Keys(1, 1, 1);

    /** Two keys, the first and the second argument. */
    public static final Keys FIRST_TWO = new Keys(1, 2, 1);

    /** Every argument is a key. */
    public static final Keys ALL = new Keys(1, -1, 1);

    /** Every other argument is a key: key value key value … */
    public static final Keys PAIRS = new Keys(1, -1, 2);

    /** One key, the second argument, after a subcommand name. */
    public static final Keys SECOND = new Keys(2, 2, 1);
}
