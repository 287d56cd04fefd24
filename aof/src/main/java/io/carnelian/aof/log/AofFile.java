package io.carnelian.aof.log;

/**
 * One line of a manifest.
 *
 * @param name without a path
 * @param seq counts the files of a type, from 1
 */
public record AofFile(String name, long seq, Type type) {
    /** What a file is for. */
    public enum Type {
        /** All the data at one moment. */
        BASE('b'),
        /** What was written after the base, and after the file before it. */
        INCR('i'),
        /** Not needed any more; to be deleted. */
        HISTORY('h');

        private final char letter;

        Type(char letter) {
            this.letter = letter;
        }

        char letter() {
            return letter;
        }
    }

    AofFile as(Type other) {
        return new AofFile(name, seq, other);
    }
}
