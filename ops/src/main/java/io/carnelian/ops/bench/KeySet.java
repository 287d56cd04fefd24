package io.carnelian.ops.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * The keys {@code key:000000000000} to {@code key:(count-1)}, 16 bytes each, which are the keys
 * that {@code redis-benchmark -r count} draws from, with random printable values of one size; and
 * the way to load them all into a server.
 *
 * <p>A SET of such a key has the same length whatever the key, so a batch is one array in which
 * only digits and value bytes are patched: the loader must not be what is measured.
 */
public final class KeySet {
    private static final int BATCH = 500;
    private static final int DIGITS = 12;
    private static final int READ_TIMEOUT_MS = 120_000;

    private final long count;
    private final int valueBytes;
    private final byte[] setCommand;
    private final int keyDigitsAt;
    private final int valueAt;

    public KeySet(long count, int valueBytes) {
        this.count = count;
        this.valueBytes = valueBytes;
        String head = "*3\r\n$3\r\nSET\r\n$16\r\nkey:";
        String middle = "000000000000\r\n$" + valueBytes + "\r\n";
        keyDigitsAt = head.length();
        valueAt = head.length() + middle.length();
        setCommand =
                (head + middle + "v".repeat(valueBytes) + "\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
    }

    public long count() {
        return count;
    }

    /** Length of one encoded SET, in bytes. */
    public int setBytes() {
        return setCommand.length;
    }

    public static String key(long number) {
        return String.format("key:%012d", number);
    }

    /** Puts one SET of the given key with a fresh random value into a buffer. */
    public void putSet(byte[] buffer, int at, long number, SplittableRandom random) {
        System.arraycopy(setCommand, 0, buffer, at, setCommand.length);
        long rest = number;
        for (int i = DIGITS - 1; i >= 0; i--) {
            buffer[at + keyDigitsAt + i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        // Letters only: a value that reads as an integer would be stored in another encoding.
        long bits = random.nextLong();
        for (int i = 0; i < valueBytes; i++) {
            if ((i & 7) == 0) {
                bits = random.nextLong();
            }
            buffer[at + valueAt + i] = (byte) ('A' + (bits & 15));
            bits >>>= 4;
        }
    }

    /** An encoded request for a random key: a GET for even numbers, a SET for odd ones. */
    public byte[] getOrSet(long number, SplittableRandom random) {
        long key = random.nextLong(count);
        if (number % 2 == 0) {
            return RespLink.encode("GET", key(key));
        }
        byte[] set = new byte[setBytes()];
        putSet(set, 0, key, random);
        return set;
    }

    /** Sets every key once, in order, over one connection, two batches in flight. */
    public void loadInto(int port) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        byte[] batch = new byte[BATCH * setBytes()];
        try (RespLink link = new RespLink(port, READ_TIMEOUT_MS)) {
            int unanswered = 0;
            for (long next = 0; next < count; ) {
                int size = (int) Math.min(BATCH, count - next);
                for (int i = 0; i < size; i++) {
                    putSet(batch, i * setBytes(), next++, random);
                }
                link.send(batch, size * setBytes());
                takeReplies(link, unanswered);
                unanswered = size;
            }
            takeReplies(link, unanswered);
        }
    }

    private static void takeReplies(RespLink link, int replies) throws IOException {
        for (int i = 0; i < replies; i++) {
            Object reply = link.readReply();
            if (!reply.equals("OK")) {
                throw new IOException("SET was answered with " + reply);
            }
        }
    }
}
