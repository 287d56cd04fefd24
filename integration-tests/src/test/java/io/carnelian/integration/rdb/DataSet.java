package io.carnelian.integration.rdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A data set by chance: every type and encoding, expiries, sixteen databases, binary and long keys.
 */
public final class DataSet {
    private static final int DATABASES = 16;
    private static final int LONG_BYTES = 100_000;
    private static final int A_BATCH = 200;

    private final Random random;
    private final RespConnection to;
    private final ByteArrayOutputStream commands = new ByteArrayOutputStream();
    private final List<String> keys = new ArrayList<>();
    private int sent;
    private int db;

    private DataSet(Random random, RespConnection to) {
        this.random = random;
        this.to = to;
    }

    /** Writes so many keys to a server; {@code db key} of each. */
    public static List<String> write(long seed, int keys, RespConnection to) throws IOException {
        DataSet data = new DataSet(new Random(seed), to);
        for (int i = 0; i < keys; i++) {
            data.key(i);
        }
        data.say(List.of(Bytes.of("SELECT"), Bytes.of("0")));
        data.flush();
        return data.keys;
    }

    private void key(int i) throws IOException {
        if (random.nextInt(20) == 0) {
            db = random.nextInt(DATABASES);
            say(List.of(Bytes.of("SELECT"), Bytes.of(Integer.toString(db))));
        }
        String key =
                switch (random.nextInt(6)) {
                    case 0 -> Integer.toString(i);
                    case 1 -> "\u0000\r\n\u00ff" + i;
                    case 2 -> "k" + i + "x".repeat(random.nextInt(50) == 0 ? 70_000 : 30);
                    default -> "key:" + i;
                };
        String[] names = {"SET", "RPUSH", "SADD", "HSET", "APPEND", "ZADD"};
        String name = names[random.nextInt(names.length)];
        List<byte[]> command = new ArrayList<>(List.of(Bytes.of(name), Bytes.of(key)));
        boolean integers = random.nextBoolean();
        int elements = size();
        switch (name) {
            case "SET", "APPEND" -> command.add(text(false));
            case "ZADD" -> {
                for (int n = 0; n < elements; n++) {
                    command.add(score());
                    command.add(text(integers));
                }
            }
            case "HSET" -> {
                for (int n = 0; n < elements; n++) {
                    command.add(text(integers));
                    command.add(text(integers));
                }
            }
            default -> {
                for (int n = 0; n < elements; n++) {
                    command.add(text(integers));
                }
            }
        }
        say(command);
        keys.add(db + " " + key);
        if (random.nextInt(4) == 0) {
            String at = Long.toString(System.currentTimeMillis() + 10_000_000 + i);
            say(List.of(Bytes.of("PEXPIREAT"), Bytes.of(key), Bytes.of(at)));
        }
    }

    private int size() {
        return switch (random.nextInt(20)) {
            case 0 -> 1 + random.nextInt(3000);
            case 1, 2 -> 1 + random.nextInt(600);
            default -> 1 + random.nextInt(30);
        };
    }

    private byte[] score() {
        return Bytes.of(
                switch (random.nextInt(5)) {
                    case 0 -> "-inf";
                    case 1 -> Integer.toString(random.nextInt(100) - 50);
                    case 2 -> Long.toString(random.nextLong());
                    default -> Double.toString(random.nextGaussian());
                });
    }

    private byte[] text(boolean integer) {
        if (integer) {
            return Bytes.of(Long.toString(random.nextLong() >> random.nextInt(64)));
        }
        return switch (random.nextInt(8)) {
            case 0 -> Bytes.of(Integer.toString(random.nextInt(1000) - 500));
            case 1 -> Bytes.of("again and again ".repeat(random.nextInt(12)));
            case 2 -> {
                byte[] some = new byte[random.nextInt(500) == 0 ? LONG_BYTES : random.nextInt(90)];
                random.nextBytes(some);
                yield some;
            }
            case 3 -> Bytes.of("t".repeat(random.nextInt(200)) + random.nextInt());
            default -> Bytes.of("text " + random.nextInt(100_000));
        };
    }

    private void say(List<byte[]> command) throws IOException {
        commands.writeBytes(RespConnection.encode(command));
        if (++sent == A_BATCH) {
            flush();
        }
    }

    private void flush() throws IOException {
        to.send(commands.toByteArray());
        commands.reset();
        for (; sent > 0; sent--) {
            Reply reply = to.readReply();
            assertThat(reply.isError()).as("%s", reply).isFalse();
        }
    }
}
