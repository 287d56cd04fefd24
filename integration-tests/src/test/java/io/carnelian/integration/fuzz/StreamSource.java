package io.carnelian.integration.fuzz;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.RespConnection;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Seeded byte streams for a protocol parser: well-formed commands as RESP and inline, the same with
 * bytes flipped, cut, doubled and numbers exchanged, headers with hostile numbers, endless lines,
 * and noise. Commands are few and harmless; none depends on the time, and no stream can make a
 * string of more than {@code proto-max-bulk-len}, which the tests set to its minimum of 1 MiB.
 */
final class StreamSource {
    private static final String[] COMMANDS = {
        "PING",
        "PING hello",
        "ECHO x",
        "SET k1 v",
        "SET k2 123",
        "SET k3 v NX",
        "GET k1",
        "GET k2",
        "DEL k1 k2",
        "APPEND k1 abc",
        "STRLEN k1",
        "INCR k2",
        "MGET k1 k2 k3",
        "MSET k1 a k2 1",
        "EXISTS k1 k1",
        "TYPE k1",
        "SETRANGE k1 9 z",
        "GETRANGE k1 0 -1",
        "SELECT 1",
        "DBSIZE",
        "NOSUCH a b",
        "GET",
        "QUIT",
        "FLUSHALL"
    };
    private static final String[] LINES = {
        "\r\n",
        "\n",
        " \r\n",
        "PING\n",
        "  PING  \r\n",
        "SET \"a\\x00b\" 'c d'\r\n",
        "GET \"a\r\n",
        "GET 'a\r\n",
        "GET \"a\"b\r\n",
        "ECHO \"\\n\\t\\xff\\q\"\r\n",
        "ECHO ''\r\n",
        "ECHO 'it\\'s'\r\n",
        "ping\r\nping\r\n",
        "POST / HTTP/1.1\r\n",
        "Host: localhost\r\n",
        "GET k1 \r\n",
        "\0\r\n",
        "*\r\n",
        "$3\r\n",
        "+OK\r\n",
        "*1\r\n+PING\r\n",
        "*1\r\n:1\r\n",
        "*1\r\n*1\r\n",
        "*2\r\n$4\r\nECHO\r\n"
    };
    private static final String[] NUMBERS = {
        "-1",
        "0",
        "-0",
        "00",
        "1",
        "+1",
        " 1",
        "1 ",
        "",
        "x",
        "-2",
        "3x",
        "1e1",
        "1024",
        "1025",
        "1048576",
        "1048577",
        "536870912",
        "536870913",
        "2147483647",
        "2147483648",
        "-2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "99999999999999999999999"
    };
    private static final int ENDLESS_BYTES = 200_000;
    private static final int MOST_EDITS = 4;

    private final SplittableRandom random;

    StreamSource(SplittableRandom random) {
        this.random = random;
    }

    SplittableRandom random() {
        return random;
    }

    byte[] next() {
        int kind = random.nextInt(1000);
        if (kind < 150) {
            return commands();
        }
        if (kind < 250) {
            return Bytes.of(oneOf(LINES) + oneOf(LINES));
        }
        if (kind < 700) {
            return edited(random.nextInt(4) == 0 ? Bytes.of(oneOf(LINES)) : commands());
        }
        if (kind < 900) {
            return headers();
        }
        if (kind < 995) {
            return noise(random.nextInt(1, 300));
        }
        return endless();
    }

    /** Where to cut a stream of a length: ascending, the last is the length. */
    int[] pieces(int length) {
        int[] ends = new int[random.nextInt(1, 5)];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = random.nextInt(length + 1);
        }
        Arrays.sort(ends);
        ends[ends.length - 1] = length;
        return ends;
    }

    private byte[] commands() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            String command = oneOf(COMMANDS);
            if (random.nextInt(4) == 0) {
                bytes.writeBytes(Bytes.of(command + (random.nextBoolean() ? "\r\n" : "\n")));
            } else {
                List<byte[]> arguments = new ArrayList<>();
                for (String word : command.split(" ", -1)) {
                    arguments.add(Bytes.of(word));
                }
                if (random.nextInt(8) == 0) {
                    arguments.add(noise(random.nextInt(200)));
                }
                bytes.writeBytes(RespConnection.encode(arguments));
            }
        }
        return bytes.toByteArray();
    }

    /** Commands whose counts and lengths are wrong. */
    private byte[] headers() {
        StringBuilder text = new StringBuilder();
        text.append('*').append(random.nextInt(3) == 0 ? oneOf(NUMBERS) : "2").append("\r\n");
        for (int i = random.nextInt(3); i >= 0; i--) {
            text.append(oneOf("$", "$", "$", "$", "*", ":", "", "\0"));
            text.append(random.nextInt(2) == 0 ? oneOf(NUMBERS) : "4");
            text.append(oneOf("\r\n", "\r\n", "\r\n", "\n", "\r", "\rx"))
                    .append(oneOf("ECHO", "PING", "GET"));
            text.append(oneOf("\r\n", "\r\n", "\r\n", "", "\n"));
        }
        return Bytes.of(text.toString());
    }

    private byte[] endless() {
        String unit = oneOf("x", " ", "1", "\0", "\r", "\"");
        return Bytes.of(
                oneOf("", "*", "*1\r\n$", "GET ", "*1\r\n$1", "*1") + unit.repeat(ENDLESS_BYTES));
    }

    private byte[] edited(byte[] original) {
        byte[] bytes = original;
        for (int i = random.nextInt(1, MOST_EDITS + 1); i > 0 && bytes.length > 0; i--) {
            bytes = editOnce(bytes);
        }
        return bytes;
    }

    private byte[] editOnce(byte[] bytes) {
        int at = random.nextInt(bytes.length);
        int end = at + random.nextInt(Math.min(20, bytes.length - at) + 1);
        return switch (random.nextInt(7)) {
            case 0 -> replaced(bytes, at, at + 1, noise(1));
            case 1 -> replaced(bytes, at, at, noise(random.nextInt(1, 4)));
            case 2 -> replaced(bytes, at, end, new byte[0]);
            case 3 -> replaced(bytes, at, at, Arrays.copyOfRange(bytes, at, end));
            case 4 -> Arrays.copyOf(bytes, at);
            case 5 ->
                    replaced(bytes, at, at + 1, Bytes.of(oneOf("\r\n", "\0", "*", "$", "-", "\"")));
            default -> numberExchanged(bytes, at);
        };
    }

    /** Puts a hostile number in the place of the next run of digits. */
    private byte[] numberExchanged(byte[] bytes, int from) {
        int start = from;
        while (start < bytes.length && !Character.isDigit(bytes[start])) {
            start++;
        }
        int end = start;
        while (end < bytes.length && Character.isDigit(bytes[end])) {
            end++;
        }
        return replaced(bytes, start, end, Bytes.of(oneOf(NUMBERS)));
    }

    private byte[] noise(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] replaced(byte[] bytes, int from, int to, byte[] by) {
        ByteArrayOutputStream result = new ByteArrayOutputStream();
        result.write(bytes, 0, from);
        result.writeBytes(by);
        result.write(bytes, to, bytes.length - to);
        return result.toByteArray();
    }

    private String oneOf(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
