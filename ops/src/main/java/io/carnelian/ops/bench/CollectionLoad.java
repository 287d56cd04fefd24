package io.carnelian.ops.bench;

import java.io.IOException;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Fills the collections that redis-benchmark's tests work on, under the names that it uses, and one
 * of our own for the tests it has not: a sorted set with a million members.
 *
 * <p>Tests that take elements out would soon measure an empty collection, and tests that put some
 * in a longer and longer one; so before every run the collection is made anew, outside the measured
 * time.
 */
public final class CollectionLoad {
    /** The key of the {@code …_1M} tests. */
    static final String BIG_SORTED_SET = "bench:scores";

    private static final int ELEMENTS_A_COMMAND = 500;
    private static final int READ_TIMEOUT_MS = 120_000;

    /** By test: the key, the command that fills it, and whether the test takes elements out. */
    private static final Map<String, Shape> SHAPES =
            Map.of(
                    "LPUSH", new Shape("mylist", "RPUSH", false),
                    "RPUSH", new Shape("mylist", "RPUSH", false),
                    "LPOP", new Shape("mylist", "RPUSH", true),
                    "RPOP", new Shape("mylist", "RPUSH", true),
                    "SADD", new Shape("myset", "SADD", false),
                    "SPOP", new Shape("myset", "SADD", true),
                    "ZADD", new Shape("myzset", "ZADD", false),
                    "ZPOPMIN", new Shape("myzset", "ZADD", true));

    private record Shape(String key, String fill, boolean takes) {}

    private CollectionLoad() {}

    /** True if a run of the test needs one element a request to be there before. */
    static boolean takes(String test) {
        Shape shape = SHAPES.get(test);
        return shape != null && shape.takes();
    }

    /** Makes the collection of a test anew: empty, or with {@code requests} elements to take. */
    static void before(String test, long requests, BenchServer server) throws IOException {
        Shape shape = SHAPES.get(test);
        if (shape == null) {
            return;
        }
        try (RespLink link = server.connect()) {
            link.require("DEL", shape.key());
        }
        if (shape.takes()) {
            fill(server.port(), shape.fill(), shape.key(), "element:", requests);
        }
    }

    /** Fills the sorted set of the {@code …_1M} tests, scores at random. */
    static void bigSortedSet(BenchServer server, long members) throws IOException {
        fill(server.port(), "ZADD", BIG_SORTED_SET, "member:", members);
    }

    /**
     * Adds {@code count} elements {@code prefix000000000000 …}: RPUSH, SADD, ZADD with whole scores
     * below {@code count}, or HSET with values of a number each.
     */
    public static void fill(int port, String command, String key, String prefix, long count)
            throws IOException {
        boolean scored = command.equals("ZADD");
        boolean fields = command.equals("HSET");
        SplittableRandom random = new SplittableRandom(1);
        try (RespLink link = new RespLink(port, READ_TIMEOUT_MS)) {
            for (long next = 0; next < count; ) {
                int size = (int) Math.min(ELEMENTS_A_COMMAND, count - next);
                String[] words = new String[2 + (scored || fields ? 2 * size : size)];
                words[0] = command;
                words[1] = key;
                for (int at = 2; at < words.length; next++) {
                    if (scored) {
                        words[at++] = Long.toString(random.nextLong(count));
                    }
                    words[at++] = numbered(prefix, next);
                    if (fields) {
                        words[at++] = "value:" + next;
                    }
                }
                link.require(words);
            }
        }
    }

    /** The prefix and twelve digits, as redis-benchmark writes {@code __rand_int__}. */
    public static String numbered(String prefix, long number) {
        String digits = Long.toString(number);
        return prefix + "0".repeat(12 - digits.length()) + digits;
    }
}
