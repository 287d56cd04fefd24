package io.carnelian.aof.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AofReaderTest {
    private static final String ID = "0123456789abcdef0123456789abcdef01234567";
    private static final String SET = command("SET", "a", "1\n3");
    private static final String MULTI = command("MULTI");
    private static final String EXEC = command("EXEC");

    @Test
    void tellsCommandsAndLines() throws IOException {
        String text = command("SELECT", "0") + "#TS:17\r\n" + SET;
        AofReader reader = reader(text);
        assertThat(reader.step()).isEqualTo(AofReader.Step.COMMAND);
        assertThat(reader.argc()).isEqualTo(2);
        assertThat(reader.argIs(0, "SELECT")).isTrue();
        assertThat(reader.argIs(0, "SELECX")).isFalse();
        assertThat(reader.startOffset()).isZero();
        assertThat(reader.endOffset()).isEqualTo(23);
        assertThat(reader.step()).isEqualTo(AofReader.Step.ANNOTATION);
        assertThat(reader.annotation()).isEqualTo(new Annotation.Timestamp(17));
        assertThat(reader.step()).isEqualTo(AofReader.Step.COMMAND);
        assertThat(reader.arg(2)).asString().isEqualTo("1\n3");
        assertThat(reader.startOffset()).isEqualTo(31);
        assertThat(reader.step()).isEqualTo(AofReader.Step.END);
        assertThat(reader.step()).as("once more").isEqualTo(AofReader.Step.END);
        assertThat(reader.verdict()).isEqualTo(AofReader.Verdict.WHOLE);
        assertThat(reader.wholeEnd()).isEqualTo(text.length());
        assertThat(reader.commands()).isEqualTo(2);
        assertThat(reader.lines()).as("as redis-check-aof counts").isEqualTo(13);
    }

    @Test
    void anEmptyFileIsWhole() throws IOException {
        AofReader reader = reader("");
        assertThat(reader.step()).isEqualTo(AofReader.Step.END);
        assertThat(reader.verdict()).isEqualTo(AofReader.Verdict.WHOLE);
        assertThat(reader.wholeEnd()).isZero();
    }

    @Test
    void viewsHoldUntilTheWindowIsFilled() throws IOException {
        AofReader reader = reader(command("A", "one") + command("B", "two"));
        assertThat(reader.next()).isEqualTo(AofReader.Step.INPUT);
        reader.fill();
        assertThat(reader.next()).isEqualTo(AofReader.Step.COMMAND);
        int first = reader.argIndex(1);
        assertThat(reader.next()).isEqualTo(AofReader.Step.COMMAND);
        byte[] one = new byte[3];
        reader.buffer().get(first, one);
        assertThat(one).asString().isEqualTo("one");
        assertThat(reader.arg(1)).asString().isEqualTo("two");
        assertThat(reader.next()).isEqualTo(AofReader.Step.INPUT);
    }

    @Test
    void aTransactionWithoutItsEndIsATail() throws IOException {
        AofReader reader = reader(SET + MULTI + "#x\r\n" + SET + SET + "*1\r\n$4\r\nEX");
        readAll(reader);
        assertThat(reader.verdict()).isEqualTo(AofReader.Verdict.TRUNCATED);
        assertThat(reader.wholeEnd()).isEqualTo(SET.length());
        assertThat(reader.dropped()).isEqualTo(4);
        AofReader between = reader(SET + MULTI + SET);
        readAll(between);
        assertThat(between.verdict()).isEqualTo(AofReader.Verdict.TRUNCATED);
        assertThat(between.reason()).isEqualTo("Reached EOF before reading EXEC for MULTI");
        assertThat(between.dropped()).isEqualTo(2);
        AofReader whole = reader(SET + MULTI + SET + "*1\r\n$4\r\nexec\r\n");
        readAll(whole);
        assertThat(whole.verdict()).isEqualTo(AofReader.Verdict.WHOLE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "garbage| 0| expected '*' or '#', got 'g'",
                "^^| 0| expected '*' or '#', got 0x00",
                "*0~| 0| a command of 0 arguments",
                "*-1~| 0| expected a number and \\r\\n behind '*'",
                "*~| 0| expected a number and \\r\\n behind '*'",
                "*1x~| 0| expected a number and \\r\\n behind '*'",
                "*99999~| 0| a command of 99999 arguments",
                "*1234567890123456789012~| 0| expected a number and \\r\\n behind '*'",
                "*1~:1~| 4| Expected prefix '$', got: ':'",
                "*1~$70000~x| 4| an argument of 70000 bytes",
                "*1~$1~xyz| 9| Expected \\r\\n, got: 797a",
                "*1~$4~EXEC~| 0| Unexpected EXEC",
                "*1~$5~MULTI~*1~$5~MULTI~| 15| Unexpected MULTI",
            })
    void saysWhatIsDamaged(String text, long offset, String why) throws IOException {
        AofReader reader = reader(SET + text.replace("~", "\r\n").replace("^", "\0") + SET);
        readAll(reader);
        assertThat(reader.verdict()).isEqualTo(AofReader.Verdict.DAMAGED);
        assertThat(reader.reason()).isEqualTo(why);
        assertThat(reader.reasonOffset()).isEqualTo(SET.length() + offset);
        assertThat(reader.wholeEnd()).isEqualTo(SET.length());
    }

    /** As a power cut leaves a file that was made longer before its bytes were on the disk. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 255, 256, 257, 5000})
    void zerosUpToTheEndAreATail(int count) throws IOException {
        String zeros = "\0".repeat(count);
        String record = command("SET", "key", "value");
        for (int cut = 0; cut < record.length(); cut++) {
            AofReader reader = reader(SET + record.substring(0, cut) + zeros);
            readAll(reader);
            assertThat(reader.verdict())
                    .as("cut at %d", cut)
                    .isEqualTo(AofReader.Verdict.TRUNCATED);
            assertThat(reader.wholeEnd()).isEqualTo(SET.length());
            assertThat(reader.dropped()).as("cut at %d", cut).isEqualTo(cut == 0 ? 0 : 1);
            assertThat(reader.buffer().capacity()).isEqualTo(256);
        }
        for (String begun : new String[] {"", "*", "*3\r", "*3\r\n$", MULTI, "*1\r\n$1\r\nx\r"}) {
            AofReader followed = reader(SET + begun + zeros + "x");
            readAll(followed);
            assertThat(followed.verdict()).as(begun).isEqualTo(AofReader.Verdict.DAMAGED);
            assertThat(followed.wholeEnd()).isEqualTo(SET.length());
        }
        AofReader line = reader(SET + "#TS:12" + zeros);
        readAll(line);
        assertThat(line.verdict()).isEqualTo(AofReader.Verdict.TRUNCATED);
        assertThat(line.wholeEnd()).isEqualTo(SET.length());
        AofReader transaction = reader(SET + MULTI + SET + zeros);
        readAll(transaction);
        assertThat(transaction.verdict()).isEqualTo(AofReader.Verdict.TRUNCATED);
        assertThat(transaction.wholeEnd()).isEqualTo(SET.length());
        assertThat(transaction.dropped()).isEqualTo(2);
        assertThat(transaction.reason())
                .isEqualTo("expected '*' or '#', got 0x00, and only zeros up to the end");
        assertThat(transaction.reasonOffset()).isEqualTo((SET + MULTI + SET).length());
    }

    @Test
    void aLineHasALimit() throws IOException {
        AofReader reader = reader("#" + "x".repeat(2000) + "\r\n");
        readAll(reader);
        assertThat(reader.verdict()).isEqualTo(AofReader.Verdict.DAMAGED);
        assertThat(reader.reason()).isEqualTo("a line of more than 1023 bytes");
    }

    @Test
    void noLineYet() {
        assertThatThrownBy(() -> reader("").annotation()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void comparesSums() throws IOException {
        String begun = line(Annotation.Position.NO_SUM);
        String text = SET + begun + SET + SET;
        String vouched = text + line(crc(SET + SET)) + SET;
        AofReader good = reader(vouched);
        readAll(good);
        assertThat(good.verdict()).isEqualTo(AofReader.Verdict.WHOLE);
        AofReader bad = reader(vouched.replaceFirst("a", "b"));
        readAll(bad);
        assertThat(bad.verdict()).as("nobody vouches").isEqualTo(AofReader.Verdict.WHOLE);
        int at = text.length() - 3;
        String changed = vouched.substring(0, at) + "4" + vouched.substring(at + 1);
        AofReader flipped = reader(changed);
        readAll(flipped);
        assertThat(flipped.verdict()).isEqualTo(AofReader.Verdict.DAMAGED);
        assertThat(flipped.wholeEnd()).isEqualTo((SET + begun).length());
        assertThat(flipped.reason()).contains("checksum");
        AofReader trusting = reader(changed, false);
        readAll(trusting);
        assertThat(trusting.verdict()).isEqualTo(AofReader.Verdict.WHOLE);
    }

    /** A file that promises gigabytes gets memory for the bytes that are there. */
    @Test
    void aClaimTakesNoMemory() throws IOException {
        byte[] bytes = bytes("*1\r\n$2000000000\r\nabc");
        AofReader reader =
                new AofReader(
                        channel(bytes, new Random(1)),
                        0,
                        bytes.length,
                        AofReader.Limits.OF_REQUESTS,
                        true,
                        32);
        readAll(reader);
        assertThat(reader.verdict()).isEqualTo(AofReader.Verdict.TRUNCATED);
        assertThat(reader.buffer().capacity()).isLessThan(100);
    }

    @Test
    void theWindowGrowsAndShrinksAgain() throws IOException {
        String value = "v".repeat(5000);
        AofReader reader = reader(SET + command("SET", "k", value) + SET.repeat(100));
        assertThat(reader.step()).isEqualTo(AofReader.Step.COMMAND);
        assertThat(reader.step()).isEqualTo(AofReader.Step.COMMAND);
        assertThat(reader.arg(2)).asString().isEqualTo(value);
        readAll(reader);
        assertThat(reader.commands()).isEqualTo(102);
        assertThat(reader.buffer().capacity()).isLessThan(1000);
    }

    /** The file cut at any byte: what was whole comes, and the cut is where it says. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void isWholeUpToAnyCut(long seedOfRow) throws IOException {
        long seed = Long.getLong("seed", seedOfRow);
        Random random = new Random(seed);
        Log log = Log.random(random, 30);
        byte[] all = log.bytes();
        for (int cut = 0; cut <= all.length; cut += 1 + random.nextInt(5)) {
            byte[] there = Arrays.copyOf(all, cut);
            AofReader reader = reader(there, random, 16 + random.nextInt(200));
            List<String> told = readAll(reader);
            long whole = log.wholeUpTo(cut);
            assertThat(reader.wholeEnd()).as("-Dseed=%d, cut at %d", seed, cut).isEqualTo(whole);
            assertThat(reader.verdict())
                    .as("-Dseed=%d, cut at %d", seed, cut)
                    .isEqualTo(
                            whole == cut ? AofReader.Verdict.WHOLE : AofReader.Verdict.TRUNCATED);
            assertThat(told).isEqualTo(log.told().subList(0, log.recordsUpTo(cut)));
        }
    }

    /** Any byte changed: no exception, and behind a verified line nothing false is vouched for. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void survivesAnyDamage(long seedOfRow) throws IOException {
        long seed = Long.getLong("seed", seedOfRow);
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            Log log = Log.random(random, 20);
            log.add(line(crc(log.stretch())));
            byte[] all = log.bytes();
            int at = random.nextInt(all.length);
            all[at] ^= (byte) (1 << random.nextInt(8));
            AofReader reader = reader(all, random, 16 + random.nextInt(200));
            readAll(reader);
            assertThat(reader.verdict())
                    .as("-Dseed=%d, round %d, changed at %d", seed, round, at)
                    .isIn(
                            AofReader.Verdict.DAMAGED,
                            AofReader.Verdict.TRUNCATED,
                            log.lastLineHolds(at) ? AofReader.Verdict.WHOLE : null);
            assertThat(reader.wholeEnd()).isLessThanOrEqualTo(all.length);
        }
    }

    /** Random commands and lines, with what each of them looks like when it is told. */
    private static final class Log {
        private final StringBuilder text = new StringBuilder();
        private final List<String> told = new ArrayList<>();
        private final List<Integer> ends = new ArrayList<>();
        private final List<Boolean> inside = new ArrayList<>();
        private boolean transaction;

        static Log random(Random random, int records) {
            Log log = new Log();
            for (int i = 0; i < records; i++) {
                int kind = random.nextInt(10);
                if (kind == 0) {
                    log.add("#TS:" + random.nextInt(100000) + "\r\n");
                } else if (kind == 1) {
                    log.transaction = !log.transaction;
                    log.add(log.transaction ? MULTI : EXEC);
                } else {
                    String[] words = new String[1 + random.nextInt(4)];
                    for (int w = 0; w < words.length; w++) {
                        words[w] = word(random);
                    }
                    log.add(command(words));
                }
            }
            return log;
        }

        private static String word(Random random) {
            StringBuilder word = new StringBuilder();
            for (int i = random.nextInt(random.nextInt(8) == 0 ? 400 : 12); i > 0; i--) {
                word.append((char) random.nextInt(256));
            }
            return word.toString();
        }

        void add(String record) {
            text.append(record);
            told.add(record);
            ends.add(text.length());
            inside.add(transaction);
        }

        byte[] bytes() {
            return AofReaderTest.bytes(text.toString());
        }

        List<String> told() {
            return told;
        }

        String stretch() {
            return text.toString();
        }

        /** The last line itself may change without being a position line any more. */
        boolean lastLineHolds(int changedAt) {
            return changedAt >= ends.get(ends.size() - 2);
        }

        long wholeUpTo(int cut) {
            long whole = 0;
            for (int i = 0; i < ends.size() && ends.get(i) <= cut; i++) {
                whole = inside.get(i) ? whole : ends.get(i);
            }
            return whole;
        }

        int recordsUpTo(int cut) {
            int count = 0;
            while (count < ends.size() && ends.get(count) <= cut) {
                count++;
            }
            return count;
        }
    }

    private static List<String> readAll(AofReader reader) throws IOException {
        List<String> records = new ArrayList<>();
        while (reader.step() != AofReader.Step.END) {
            byte[] record = new byte[reader.endIndex() - reader.startIndex()];
            reader.buffer().get(reader.startIndex(), record);
            records.add(new String(record, StandardCharsets.ISO_8859_1));
        }
        return records;
    }

    private static String line(long sum) {
        byte[] line = new Annotation.Position(ID, 1, 2, sum).line();
        return new String(line, StandardCharsets.ISO_8859_1);
    }

    private static long crc(String text) {
        CRC32C sum = new CRC32C();
        sum.update(bytes(text));
        return sum.getValue();
    }

    private static AofReader reader(String text) {
        return reader(text, true);
    }

    private static AofReader reader(String text, boolean verify) {
        byte[] bytes = bytes(text);
        return new AofReader(
                Channels.newChannel(new ByteArrayInputStream(bytes)),
                0,
                0,
                new AofReader.Limits(1000, 65536),
                verify,
                256);
    }

    private static AofReader reader(byte[] bytes, Random random, int windowBytes) {
        return new AofReader(
                channel(bytes, random),
                0,
                random.nextBoolean() ? bytes.length : 0,
                AofReader.Limits.OF_REQUESTS,
                true,
                windowBytes);
    }

    /** Gives a few bytes at a time. */
    private static ReadableByteChannel channel(byte[] bytes, Random random) {
        return Channels.newChannel(
                new ByteArrayInputStream(bytes) {
                    @Override
                    public synchronized int read(byte[] to, int offset, int length) {
                        return super.read(to, offset, Math.min(length, 1 + random.nextInt(60)));
                    }
                });
    }

    private static String command(String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(bytes("*" + words.length + "\r\n"));
        for (String word : words) {
            out.writeBytes(bytes("$" + word.length() + "\r\n" + word + "\r\n"));
        }
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
