package io.carnelian.aof.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A line that begins with {@code #}: says something about the commands around it, and is none.
 * redis-server reads lines in pieces of 127 bytes and would take the second piece for a command, so
 * no line of ours is longer.
 *
 * <pre>
 *   #TS:1700000000\r\n
 *   #CN:0123456789abcdef0123456789abcdef01234567 4711 1700000000123 0a1b2c3d\r\n
 *       replication id                           │    │             └ sum of what precedes, or -
 *                                     offset ────┘    └ ms since 1970
 *   #CA:\r\n                   the next command is not of the stream
 * </pre>
 */
public sealed interface Annotation {
    /** Longest line that redis-server takes, with its end. */
    int MAX_LINE_BYTES = 127;

    /** Longest line that redis-check-aof takes, with its end: what is read. */
    int MAX_READ_BYTES = 1023;

    /** What lines with a timestamp begin with. */
    String TIMESTAMP = "#TS:";

    /** What lines with a position begin with. */
    String POSITION = "#CN:";

    /** The line that says that the next command is apart. */
    String APART = "#CA:";

    /** The line with its end. */
    byte[] line();

    /**
     * When the commands behind it were written, as Redis says it ({@code aof-timestamp-enabled}).
     *
     * @param seconds since 1970
     */
    record Timestamp(long seconds) implements Annotation {
        @Override
        public byte[] line() {
            return ascii(TIMESTAMP + seconds + "\r\n");
        }
    }

    /**
     * How far the write stream is with what precedes.
     *
     * @param replicationId 40 hexadecimal digits
     * @param offset of the stream behind the last command, 0 or more
     * @param timeMs since 1970
     * @param sum CRC32C of the bytes behind the line of this kind before it, or since the file's
     *     beginning, up to this line; {@link #NO_SUM}: nothing is said about them
     */
    record Position(String replicationId, long offset, long timeMs, long sum)
            implements Annotation {
        /** In place of a sum. */
        public static final long NO_SUM = -1;

        public Position {
            if (replicationId.length() != 40 || offset < 0 || timeMs < 0 || sum >> 32 > 0) {
                throw new IllegalArgumentException("no position: " + offset);
            }
        }

        /** Whether it vouches for what precedes. */
        public boolean hasSum() {
            return sum != NO_SUM;
        }

        @Override
        public byte[] line() {
            String vouched = hasSum() ? "%08x".formatted(sum) : "-";
            return ascii(
                    POSITION
                            + replicationId
                            + ' '
                            + offset
                            + ' '
                            + timeMs
                            + ' '
                            + vouched
                            + "\r\n");
        }
    }

    /**
     * The command behind it is for this file alone, a SELECT at its beginning: its bytes do not
     * count as bytes of the stream, whatever may be cut off behind it.
     */
    record Apart() implements Annotation {
        @Override
        public byte[] line() {
            return ascii(APART + "\r\n");
        }
    }

    /**
     * Somebody else's, or one that was damaged.
     *
     * @param text without the end of the line
     */
    record Other(String text) implements Annotation {
        @Override
        public byte[] line() {
            return ascii(text + "\r\n");
        }
    }

    /**
     * Reads a line.
     *
     * @param from index of its {@code #}
     * @param to index behind its last byte, with or without the end of the line
     */
    static Annotation parse(ByteBuffer buffer, int from, int to) {
        byte[] bytes = new byte[to - from];
        buffer.get(from, bytes);
        return parse(new String(bytes, StandardCharsets.ISO_8859_1).stripTrailing());
    }

    /** Reads a line, without its end. */
    static Annotation parse(String line) {
        if (line.startsWith(TIMESTAMP)) {
            long seconds = number(line.substring(TIMESTAMP.length()));
            return seconds < 0 ? new Other(line) : new Timestamp(seconds);
        }
        if (line.equals(APART)) {
            return new Apart();
        }
        if (!line.startsWith(POSITION)) {
            return new Other(line);
        }
        String[] words = line.substring(POSITION.length()).split(" ", -1);
        if (words.length != 4 || !words[0].matches("[0-9a-f]{40}")) {
            return new Other(line);
        }
        long offset = number(words[1]);
        long timeMs = number(words[2]);
        boolean vouched = words[3].matches("[0-9a-f]{8}");
        if (offset < 0 || timeMs < 0 || !(vouched || words[3].equals("-"))) {
            return new Other(line);
        }
        long sum = vouched ? Long.parseLong(words[3], 16) : Position.NO_SUM;
        return new Position(words[0], offset, timeMs, sum);
    }

    /** Of decimal digits; -1 of anything else. */
    private static long number(String digits) {
        return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : -1;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
