package io.carnelian.server.request;

import io.carnelian.server.command.Batch;
import io.carnelian.server.memory.Memory;

/**
 * Splits an inline command into its words, with quotes as in a shell: {@code "…"} with the escapes
 * {@code \n \r \t \b \a \xHH} and {@code \c} for any other character, {@code '…'} with only {@code
 * \'}. A closing quote must be followed by a blank or the end. A word is never longer than its
 * source, so it is decoded where it stands.
 */
final class InlineWords {
    private InlineWords() {}

    /** Adds the words of the line to the batch; false if the quotes are unbalanced. */
    static boolean split(long base, int length, Batch batch) {
        int at = 0;
        while (true) {
            while (at < length && isSpace(Memory.getByte(base + at))) {
                at++;
            }
            if (at == length) {
                return true;
            }
            at = word(base, at, length, batch);
            if (at < 0) {
                return false;
            }
        }
    }

    /** Decodes one word from {@code from} on; the position behind it, or -1. */
    private static int word(long base, int from, int length, Batch batch) {
        int at = from;
        int to = from;
        while (at < length) {
            byte c = Memory.getByte(base + at);
            if (c == '"' || c == '\'') {
                long ends =
                        c == '"'
                                ? quoted(base, at + 1, to, length)
                                : literal(base, at + 1, to, length);
                if (ends < 0) {
                    return -1;
                }
                at = (int) (ends >>> 32);
                to = (int) ends;
                break;
            }
            if (c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0) {
                break;
            }
            Memory.putByte(base + to++, c);
            at++;
        }
        batch.addArg(base + from, to - from);
        return at < length && Memory.getByte(base + at) == 0 ? length : at;
    }

    /**
     * Decodes behind an opening {@code "}; read position in the high, write position in the low
     * half, or -1.
     */
    private static long quoted(long base, int from, int writeAt, int length) {
        int at = from;
        int to = writeAt;
        while (at < length) {
            byte c = Memory.getByte(base + at);
            if (c == '"') {
                return closed(base, at, to, length);
            }
            if (c == '\\' && at + 3 < length && Memory.getByte(base + at + 1) == 'x') {
                int high = Character.digit(Memory.getByte(base + at + 2), 16);
                int low = Character.digit(Memory.getByte(base + at + 3), 16);
                if (high >= 0 && low >= 0) {
                    Memory.putByte(base + to++, (byte) ((high << 4) | low));
                    at += 4;
                    continue;
                }
            }
            if (c == '\\' && at + 1 < length) {
                c = unescaped(Memory.getByte(base + ++at));
            }
            Memory.putByte(base + to++, c);
            at++;
        }
        return -1;
    }

    private static long literal(long base, int from, int writeAt, int length) {
        int at = from;
        int to = writeAt;
        while (at < length) {
            byte c = Memory.getByte(base + at);
            if (c == '\'') {
                return closed(base, at, to, length);
            }
            if (c == '\\' && at + 1 < length && Memory.getByte(base + at + 1) == '\'') {
                c = '\'';
                at++;
            }
            Memory.putByte(base + to++, c);
            at++;
        }
        return -1;
    }

    private static long closed(long base, int quoteAt, int to, int length) {
        int behind = quoteAt + 1;
        if (behind < length && !isSpace(Memory.getByte(base + behind))) {
            return -1;
        }
        return ((long) behind << 32) | to;
    }

    private static byte unescaped(byte c) {
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> 7;
            default -> c;
        };
    }

    private static boolean isSpace(byte c) {
        return c == ' ' || (c >= 9 && c <= 13);
    }
}
