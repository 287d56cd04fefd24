package io.carnelian.integration.differential;

import io.carnelian.integration.Bytes;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Random arguments by type. The types are the lower-case words of {@link CommandTable}; each mixes
 * everyday values with the borders that a parser or an encoding may get wrong.
 *
 * <p>Two things are avoided, since they would make an honest difference: expiries between now and
 * the end of the run (the two servers read their clocks at different moments; short ones are tried
 * apart, see {@link DifferentialRun}), and offsets that would make a string of hundreds of
 * megabytes.
 */
final class ArgumentSource {
    private static final String[] KEYS =
            words(
                    "k0|k1|k2|k3|k4|k5|k6|k7|k8|k9|k10|k11|k12|k13|K1||a b|123|\0\u00ff\r\n|"
                            + "{tag}x|\u00c3\u00a4|"
                            + "k".repeat(100));

    /** Keys of sorted sets whose members all have the score 0, as far as these commands go. */
    static final String[] TEXTS = {"texts:1", "texts:2"};

    /** Keys of HyperLogLogs, as far as these commands go: nothing else changes their bytes. */
    static final String[] SKETCHES = {"sketch:1", "sketch:2", "sketch:3"};

    private static final String[] INTEGERS =
            words(
                    "0|1|-1|2|10|42|-100|9999|10000|12345678901|2147483647|2147483648|"
                            + "-2147483649|4294967296|9223372036854775806|9223372036854775807|"
                            + "-9223372036854775808|-9223372036854775807");
    private static final String[] FLOATS =
            words(
                    "0|1|-1|0.1|0.2|3.14|-2.5|10.5|1e5|5.0e3|1e-3|1e-17|.5|5.|+1|-0|-0.0|1e17|"
                            + "1e22|123456789012345678|0.30000000000000004|1e308|"
                            + "1e400|inf|-inf|nan|0x1p3|"
                            + "0x10| 1|1 |1.5x||1e|179769313486231570000|3.0000000000000001|"
                            + "1000000000000000000000000000000000000001");
    private static final String[] HOSTILE =
            words(
                    "|0|-1|-0|1|00|01|+1| 1|1 |1.5|1e3|0x10|abc|-|9223372036854775807|"
                            + "9223372036854775808|-9223372036854775808|-9223372036854775809|"
                            + "18446744073709551615|18446744073709551616|4294967296|"
                            + "99999999999999999999999999|nan|inf|NX|xx|EX|px|"
                            + "GET|KEEPTTL|PERSIST|DB|"
                            + "REPLACE|GT|lt|LEN|IDX|MATCH|COUNT|TYPE|ASYNC|*|\0|\r\n|k1|k2|a\0b");
    private static final String[] TIME_BORDERS =
            words(
                    "0|-1|-1000000|9223372036854775807|-9223372036854775808|9223372036854775|"
                            + "9223372036854776|9223370000000000|"
                            + "-9223372036854775|-9223372036854776|"
                            + "92233720368547758070|1.5|abc|");
    private static final String[] UNIX_SECONDS = {"4102444800", "4102444801", "33177117420", "1"};
    private static final String[] UNIX_MILLIS =
            words("4102444800000|4102444800001|33177117420000|1|1700000000000");
    private static final String[] PATTERNS =
            words(
                    "*|k*|k?|k[0-5]|k[^1]|k[5-0]|\\k1|[|k[a-|*1*||**|k1|[k]1|K*|k\\|?|???|"
                            + "k[\\0-9]|*\0*|k[]1]|a b|*[0-9]");

    private final SplittableRandom random;

    /** Words in one string, parted by bars: they may hold blanks and be empty. */
    private static String[] words(String joined) {
        return joined.split("\\|", -1);
    }

    ArgumentSource(SplittableRandom random) {
        this.random = random;
    }

    SplittableRandom random() {
        return random;
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /** An argument of one of the types of {@link CommandTable}. */
    byte[] next(String type) {
        return switch (type) {
            case "key" -> Bytes.of(oneOf(KEYS));
            case "value" -> value();
            case "member" -> member();
            case "field" -> member();
            case "integer" -> Bytes.of(chance(0.5) ? small(-20, 20) : oneOf(INTEGERS));
            case "float" -> Bytes.of(chance(0.4) ? decimal() : oneOf(FLOATS));
            case "index" -> Bytes.of(chance(0.9) ? small(-4, 6) : oneOf(INTEGERS));
            case "offset" -> Bytes.of(chance(0.9) ? small(-12, 120) : oneOf(INTEGERS));
            case "score" -> Bytes.of(chance(0.7) ? small(-5, 6) : decimalOrFloat());
            case "bound" ->
                    Bytes.of(
                            (chance(0.3) ? "(" : "")
                                    + (chance(0.8) ? small(-6, 7) : decimalOrFloat()));
            case "longitude" -> Bytes.of(chance(0.95) ? place(180) : oneOf("181", "x", "-180"));
            case "latitude" -> Bytes.of(chance(0.95) ? place(85) : oneOf("86", "", "-85.06"));
            case "meters" -> Bytes.of(chance(0.9) ? small(0, 9_000_000) : oneOf("-1", "x", "1e9"));
            case "texts" -> Bytes.of(oneOf(TEXTS));
            case "sketch" -> Bytes.of(oneOf(SKETCHES));
            case "text" -> text();
            case "seconds" -> Bytes.of(time(1_000_000, 1_000_000_000, TIME_BORDERS));
            case "milliseconds" -> Bytes.of(time(100_000_000, 1_000_000_000_000L, TIME_BORDERS));
            case "unix-seconds" ->
                    Bytes.of(time(4_000_000_000L, 9_000_000_000L, UNIX_SECONDS, TIME_BORDERS));
            case "unix-milliseconds" ->
                    Bytes.of(
                            time(
                                    4_000_000_000_000L,
                                    9_000_000_000_000L,
                                    UNIX_MILLIS,
                                    TIME_BORDERS));
            case "db" -> Bytes.of(chance(0.9) ? small(0, 4) : oneOf("15", "16", "-1", "x", "01"));
            case "count" -> Bytes.of(chance(0.9) ? small(1, 40) : oneOf("0", "-1", "x", "1000"));
            case "cursor" -> Bytes.of(chance(0.95) ? "0" : oneOf("x", "-1", "", "99999999999999"));
            case "pattern" -> Bytes.of(oneOf(PATTERNS));
            case "type" ->
                    Bytes.of(oneOf("string", "STRING", "set", "list", "hash", "zset", "foo", ""));
            case "subcommand" -> Bytes.of(oneOf("ENCODING", "encoding", "NOSUCH", "", "a\0b"));
            case "hostile" -> hostile();
            default -> throw new IllegalArgumentException("no argument type " + type);
        };
    }

    /** A literal of the syntax, in some mix of cases. */
    byte[] literal(String word) {
        int kind = random.nextInt(10);
        if (kind < 6) {
            return Bytes.of(word);
        }
        if (kind < 8) {
            return Bytes.of(word.toLowerCase(Locale.ROOT));
        }
        StringBuilder mixed = new StringBuilder();
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            mixed.append(random.nextBoolean() ? Character.toLowerCase(c) : c);
        }
        return Bytes.of(mixed.toString());
    }

    /** An argument that fits nowhere, or only just. */
    byte[] hostile() {
        return Bytes.of(oneOf(HOSTILE));
    }

    String oneOf(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private byte[] value() {
        int kind = random.nextInt(100);
        if (kind < 25) {
            return Bytes.of(small(-20, 12_000));
        }
        if (kind < 35) {
            return Bytes.of(oneOf(INTEGERS));
        }
        if (kind < 45) {
            return Bytes.of(oneOf(FLOATS));
        }
        if (kind < 55) {
            return binary(random.nextInt(40, 50)); // around the 44 bytes of embstr
        }
        if (kind < 98) {
            return Bytes.of("v".repeat(random.nextInt(4)) + small(0, 100));
        }
        return binary(kind == 98 ? random.nextInt(500) : random.nextInt(10_000, 70_000));
    }

    private byte[] member() {
        int kind = random.nextInt(20);
        if (kind < 12) {
            return Bytes.of(small(-3, 15));
        }
        return kind < 18 ? Bytes.of("m" + small(0, 12)) : value();
    }

    /** A bound of a range of texts. */
    private byte[] text() {
        if (chance(0.2)) {
            return Bytes.of(oneOf("-", "+", "-", "+", "", "a", "-a", "+1"));
        }
        byte[] member = member();
        byte[] bound = new byte[member.length + 1];
        bound[0] = (byte) (chance(0.5) ? '[' : '(');
        System.arraycopy(member, 0, bound, 1, member.length);
        return bound;
    }

    private String decimalOrFloat() {
        return chance(0.5) ? decimal() : oneOf(FLOATS);
    }

    private byte[] binary(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private String decimal() {
        return small(-1000, 1000) + "." + random.nextInt(100_000);
    }

    private String place(int most) {
        return small(-most, most) + "." + small(0, 1000);
    }

    private String small(int from, int to) {
        return Integer.toString(random.nextInt(from, to));
    }

    private String time(long from, long to, String[]... borders) {
        if (chance(0.8)) {
            return Long.toString(random.nextLong(from, to));
        }
        return oneOf(borders[random.nextInt(borders.length)]);
    }
}
