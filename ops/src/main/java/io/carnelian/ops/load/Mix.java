package io.carnelian.ops.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Which commands are sent, and how often: {@code get:80,set:20}. The words of a command are fixed
 * but for a key and a value of its own.
 */
final class Mix {
    /** Words of each command: {@code K} is a key, {@code V} a value, {@code N} a small number. */
    private static final Map<String, List<String>> COMMANDS =
            Map.ofEntries(
                    Map.entry("get", List.of("GET", "K")),
                    Map.entry("set", List.of("SET", "K", "V")),
                    Map.entry("incr", List.of("INCR", "n:K")),
                    Map.entry("del", List.of("DEL", "K")),
                    Map.entry("expire", List.of("EXPIRE", "K", "N")),
                    Map.entry("lpush", List.of("LPUSH", "l:K", "V")),
                    Map.entry("lpop", List.of("LPOP", "l:K")),
                    Map.entry("sadd", List.of("SADD", "s:K", "N")),
                    Map.entry("hset", List.of("HSET", "h:K", "N", "V")),
                    Map.entry("hget", List.of("HGET", "h:K", "N")),
                    Map.entry("zadd", List.of("ZADD", "z:K", "N", "N")),
                    Map.entry("zrange", List.of("ZRANGE", "z:K", "0", "9")),
                    Map.entry("ping", List.of("PING")));

    private static final byte[] ZEROS = "000000000000".getBytes(StandardCharsets.US_ASCII);
    private static final int NUMBERS = 100;

    private final List<List<String>> words = new ArrayList<>();
    private final List<Integer> upTo = new ArrayList<>();
    private final int sum;
    private final byte[] value;
    private final byte[] digits = new byte[ZEROS.length];

    /**
     * Makes one; each thread has its own.
     *
     * @throws IllegalArgumentException with what is wrong with the text
     */
    Mix(String text, int valueBytes) {
        int total = 0;
        for (String part : text.split(",")) {
            String[] pair = part.split(":");
            List<String> command = COMMANDS.get(pair[0]);
            boolean weighed = pair.length == 2 && pair[1].matches("[0-9]{1,6}");
            if (command == null || (pair.length != 1 && !weighed)) {
                throw new IllegalArgumentException(
                        "a mix is command:weight,…, of " + COMMANDS.keySet() + ", not " + part);
            }
            total += weighed ? Integer.parseInt(pair[1]) : 1;
            words.add(command);
            upTo.add(total);
        }
        if (total == 0) {
            throw new IllegalArgumentException("a mix needs a weight above 0");
        }
        sum = total;
        value = "x".repeat(valueBytes).getBytes(StandardCharsets.US_ASCII);
    }

    /** The most bytes that one request takes. */
    int maxRequestBytes() {
        return value.length + 128;
    }

    /** Puts a request for a key. */
    void put(ByteBuffer to, long key, SplittableRandom random) {
        int dice = random.nextInt(sum);
        int which = 0;
        while (upTo.get(which) <= dice) {
            which++;
        }
        List<String> command = words.get(which);
        header(to, '*', command.size());
        for (int i = 0; i < command.size(); i++) {
            String word = command.get(i);
            if (i > 0 && word.endsWith("K")) {
                header(to, '$', word.length() - 1 + digits.length);
                ascii(to, word, word.length() - 1);
                number(to, key);
            } else if (i > 0 && word.equals("V")) {
                header(to, '$', value.length);
                to.put(value);
            } else if (i > 0 && word.equals("N")) {
                int n = 10 + random.nextInt(NUMBERS - 10);
                header(to, '$', 2);
                to.put((byte) ('0' + n / 10)).put((byte) ('0' + n % 10));
            } else {
                header(to, '$', word.length());
                ascii(to, word, word.length());
            }
            to.put((byte) '\r').put((byte) '\n');
        }
    }

    private static void header(ByteBuffer to, char type, int n) {
        to.put((byte) type);
        ascii(to, Integer.toString(n), Integer.toString(n).length());
        to.put((byte) '\r').put((byte) '\n');
    }

    private static void ascii(ByteBuffer to, String text, int length) {
        for (int i = 0; i < length; i++) {
            to.put((byte) text.charAt(i));
        }
    }

    private void number(ByteBuffer to, long n) {
        System.arraycopy(ZEROS, 0, digits, 0, digits.length);
        long rest = n;
        for (int i = digits.length - 1; rest > 0 && i >= 0; i--) {
            digits[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        to.put(digits);
    }
}
