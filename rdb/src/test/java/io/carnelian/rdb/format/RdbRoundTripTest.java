package io.carnelian.rdb.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RdbRoundTripTest {
    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    @FunctionalInterface
    private interface Saying {
        void to(RdbWriter writer, FakeMemory memory) throws IOException;
    }

    private static byte[] written(int chunkBytes, boolean checksum, Saying saying)
            throws IOException {
        var file = new ByteArrayOutputStream();
        FakeMemory memory = new FakeMemory();
        ChunkSink sink =
                (chunk, length) -> {
                    file.write(chunk, 0, length);
                    return length % 2 == 0 ? chunk : new byte[chunk.length];
                };
        RdbWriter writer = new RdbWriter(sink, new byte[chunkBytes], memory, checksum);
        saying.to(writer, memory);
        assertThat(writer.bytesWritten()).isEqualTo(file.size());
        return file.toByteArray();
    }

    private static List<String> read(byte[] file) throws IOException {
        return FileText.lines(file);
    }

    /** What redis-server 7.0.15 sent to a replica, byte for byte, checksum included. */
    @Test
    void theBytesAreThoseOfRedis() throws IOException {
        byte[] file =
                written(
                        64,
                        true,
                        (writer, memory) -> {
                            writer.header();
                            writer.aux("redis-ver", "7.0.15");
                            writer.aux("redis-bits", "64");
                            writer.aux("ctime", "1795339293");
                            writer.aux("used-mem", "1167584");
                            writer.aux("repl-stream-db", "0");
                            writer.aux("repl-id", "63f06417ec1f40d0359048dfc4e946177638ef2b");
                            writer.aux("repl-offset", "50");
                            writer.aux("aof-base", "0");
                            writer.selectDb(0);
                            writer.resizeDb(4, 1);
                            writer.expireAtMs(1795339260693L);
                            writer.type(Opcodes.TYPE_STRING);
                            writer.string(memory.put(bytes("gone")), 4);
                            writer.string(memory.put(bytes("x")), 1);
                            writer.type(Opcodes.TYPE_STRING);
                            writer.string(bytes("a"));
                            writer.integer(1);
                            writer.type(Opcodes.TYPE_STRING);
                            writer.string(bytes("b"));
                            writer.string(bytes("2"));
                            writer.type(Opcodes.TYPE_STRING);
                            writer.string(memory.put(bytes("123")), 3);
                            writer.string(memory.put(bytes("hello")), 5);
                            writer.selectDb(3);
                            writer.resizeDb(1, 1);
                            writer.expireAtMs(1795340260698L);
                            writer.type(Opcodes.TYPE_STRING);
                            writer.string(bytes("later"));
                            writer.string(bytes("y"));
                            writer.end();
                        });
        assertThat(HexFormat.of().formatHex(file))
                .isEqualTo(
                        "524544495330303130fa0972656469732d76657206372e302e3135fa0a726564"
                                + "69732d62697473c040fa056374696d65c21db4026bfa08757365642d6d656dc2"
                                + "e0d01100fa0e7265706c2d73747265616d2d6462c000fa077265706c2d696428"
                                + "3633663036343137656331663430643033353930343864666334653934363137"
                                + "3736333865663262fa0b7265706c2d6f6666736574c032fa08616f662d626173"
                                + "65c000fe00fb0401fc15138f02a20100000004676f6e650178000161c0010001"
                                + "62c00200c07b0568656c6c6ffe03fb0101fc5a559e02a201000000056c617465"
                                + "720179ff7f9aaa8812b6e1eb");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "-1",
                "127",
                "128",
                "-128",
                "-129",
                "32767",
                "32768",
                "-32769",
                "2147483647",
                "2147483648",
                "-2147483648",
                "-2147483649",
                "9223372036854775807",
                "-9223372036854775808",
                "00",
                "-0",
                "-",
                "+1",
                "1a",
                "01",
                " 1",
                "12345678901",
                "-1234567890",
                "abcdefghijk",
                "abcdefghijkl"
            })
    void everyStringComesBackAsItWas(String text) throws IOException {
        byte[] file =
                written(
                        64,
                        true,
                        (writer, memory) -> {
                            writer.header();
                            writer.type(Opcodes.TYPE_STRING);
                            writer.string(bytes(text));
                            writer.string(memory.put(bytes(text)), text.length());
                            if (text.matches("0|-?[1-9][0-9]*")) {
                                writer.type(Opcodes.TYPE_STRING);
                                writer.string(bytes("same"));
                                writer.integer(
                                        Long.parseLong(
                                                text.length() > 11
                                                        ? text
                                                        : Long.toString(Long.parseLong(text))));
                            }
                            writer.end();
                        });
        List<String> lines = read(file);
        assertThat(lines.getFirst()).isEqualTo("string 0 " + text + " = " + text + " @-1");
        if (lines.size() > 1) {
            assertThat(lines.getLast()).isEqualTo("string 0 same = " + text + " @-1");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 63, 64, 16383, 16384, 0xFFFFFFFFL, 0x100000000L, Long.MAX_VALUE})
    void everyLengthComesBackAsItWas(long n) throws IOException {
        byte[] file =
                written(
                        64,
                        true,
                        (writer, memory) -> {
                            writer.header();
                            writer.resizeDb(n, n);
                            writer.end();
                        });
        assertThat(read(file)).containsExactly("sizes 0 " + n + " " + n);
    }

    @Test
    void randomFilesComeBackWhole() throws IOException {
        for (int seed = 0; seed < 300; seed++) {
            List<String> said = new ArrayList<>();
            byte[] file = randomFile(new Random(seed), said);
            assertThat(read(file)).as("seed %d", seed).isEqualTo(said);
        }
    }

    private static byte[] randomFile(Random random, List<String> said) throws IOException {
        int chunkBytes = 64 + random.nextInt(random.nextBoolean() ? 64 : 5000);
        return written(
                chunkBytes,
                true,
                (writer, memory) -> {
                    writer.compress(random.nextBoolean());
                    writer.header();
                    writer.aux("ctime", "1700000000");
                    said.add("aux ctime 1700000000");
                    int entries = random.nextInt(60);
                    int db = 0;
                    for (int i = 0; i < entries; i++) {
                        if (random.nextInt(10) == 0) {
                            db = random.nextInt(20_000);
                            writer.selectDb(db);
                        }
                        byte[] key = randomBytes(random);
                        byte[] value = randomBytes(random);
                        long expireAtMs =
                                random.nextInt(3) == 0 ? random.nextLong() >>> 1 : RdbEntries.NONE;
                        if (expireAtMs != RdbEntries.NONE) {
                            writer.expireAtMs(expireAtMs);
                        }
                        writer.type(Opcodes.TYPE_STRING);
                        writer.string(memory.put(key), key.length);
                        writer.string(memory.put(value), value.length);
                        said.add(
                                "string "
                                        + db
                                        + " "
                                        + latin1(key)
                                        + " = "
                                        + latin1(value)
                                        + " @"
                                        + expireAtMs);
                    }
                    writer.end();
                });
    }

    private static byte[] randomBytes(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> bytes(Long.toString(random.nextLong() >> random.nextInt(64)));
            case 1 -> {
                byte[] some = new byte[random.nextInt(20)];
                random.nextBytes(some);
                yield some;
            }
            case 2 -> bytes("x".repeat(random.nextInt(100)));
            default -> new byte[random.nextInt(random.nextInt(20) == 0 ? 200_000 : 300)];
        };
    }

    @Test
    void noByteCanBeChangedUnnoticed() throws IOException {
        for (int seed = 0; seed < 20; seed++) {
            byte[] file = randomFile(new Random(seed), new ArrayList<>());
            Random random = new Random(seed);
            for (int round = 0; round < 100; round++) {
                byte[] damaged = file.clone();
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
                assertThatThrownBy(() -> read(damaged))
                        .as("seed %d round %d", seed, round)
                        .isInstanceOf(RdbFormatException.class);
            }
        }
    }

    @Test
    void noCutAndNoNoiseDoesMoreThanBeRefused() throws IOException {
        Random random = new Random(11);
        byte[] file = randomFile(random, new ArrayList<>());
        for (int length = 0; length < Math.min(file.length, 3000); length++) {
            byte[] cut = java.util.Arrays.copyOf(file, length);
            assertThatThrownBy(() -> read(cut)).isInstanceOf(RdbFormatException.class);
        }
        for (int round = 0; round < 20_000; round++) {
            byte[] noise = new byte[random.nextInt(40)];
            random.nextBytes(noise);
            byte[] headed = ("REDIS0010" + latin1(noise)).getBytes(StandardCharsets.ISO_8859_1);
            try {
                read(headed);
            } catch (RdbFormatException refused) {
                assertThat(refused.offsetBytes()).isBetween(0L, (long) headed.length);
            }
        }
    }

    @Test
    void aSinkThatRefusesEndsTheWriter() {
        ChunkSink broken =
                (chunk, length) -> {
                    throw new IOException("peer gone");
                };
        RdbWriter writer = new RdbWriter(broken, new byte[64], new FakeMemory(), true);
        assertThatThrownBy(
                        () -> {
                            writer.header();
                            writer.string(new byte[100]);
                        })
                .hasMessage("peer gone");
    }
}
