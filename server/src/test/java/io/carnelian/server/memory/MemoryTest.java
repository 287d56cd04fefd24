package io.carnelian.server.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryTest {
    private static final int BYTES = 2048;

    private final Pages pages = new Pages(1L << 28);
    private final Slabs slabs = new Slabs(pages);
    private final long a = slabs.allocate(BYTES);
    private final long b = slabs.allocate(BYTES);
    private final Random random = new Random(1);

    @AfterEach
    void close() {
        pages.close();
    }

    @Test
    void copiesEveryLengthInEveryOverlap() {
        for (int length = 0; length < 200; length++) {
            for (int shift : new int[] {-200, -70, -9, -8, -3, -1, 0, 1, 3, 7, 8, 33, 70, 200}) {
                byte[] model = fillRandomly(a);
                Memory.copy(a + 500, a + 500 + shift, length);
                System.arraycopy(model, 500, model, 500 + shift, length);
                assertThat(bytes(a)).as("length %d shift %d", length, shift).isEqualTo(model);
            }
        }
    }

    @Test
    void comparesAsMemcmpDoes() {
        for (int length = 0; length < 200; length++) {
            byte[] model = fillRandomly(a);
            Memory.copy(a, b, BYTES);
            assertThat(Memory.equal(a, b, length)).isTrue();
            assertThat(Memory.compare(a, length, b, length)).isZero();
            assertThat(Memory.compare(a, length, b, length + 1)).isNegative();
            for (int i = 0; i < 4 && length > 0; i++) {
                int at = random.nextInt(length);
                Memory.putByte(b + at, (byte) (model[at] + 1 + random.nextInt(255)));
                int expected = Arrays.compareUnsigned(model, 0, length, bytes(b), 0, length);
                assertThat(Memory.equal(a, b, length)).isFalse();
                assertThat(Integer.signum(Memory.compare(a, length, b, length)))
                        .isEqualTo(Integer.signum(expected));
                Memory.putByte(b + at, model[at]);
            }
        }
    }

    @Test
    void readsAndWritesLittleEndianUnaligned() {
        Memory.putLong(a + 3, 0x0102030405060708L);
        assertThat(Memory.getByte(a + 3)).isEqualTo((byte) 8);
        assertThat(Memory.getShort(a + 4)).isEqualTo((short) 0x0607);
        assertThat(Memory.getInt(a + 5)).isEqualTo(0x03040506);
        assertThat(Memory.getLong(a + 3)).isEqualTo(0x0102030405060708L);
        Memory.putShort(a, (short) 0x1234);
        Memory.putInt(a + 2, 0x56789abc);
        assertThat(Memory.getInt(a)).isEqualTo(0x9abc1234);
    }

    @Test
    void writesAndReadsDecimals() {
        long[] numbers = {
            0,
            1,
            -1,
            9,
            10,
            -10,
            99,
            100,
            12345678901L,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            999999999999999999L,
            1000000000000000000L
        };
        for (long number : numbers) {
            String text = Long.toString(number);
            assertThat(Decimal.length(number)).isEqualTo(text.length());
            Decimal.write(number, a, text.length());
            assertThat(
                            new String(
                                    bytes(a),
                                    0,
                                    text.length(),
                                    java.nio.charset.StandardCharsets.US_ASCII))
                    .isEqualTo(text);
            assertThat(Decimal.isCanonical(a, text.length())).isTrue();
            assertThat(Decimal.parse(a, text.length())).isEqualTo(number);
        }
    }

    @Test
    void knowsCanonicalDecimals() {
        for (String no :
                new String[] {
                    "",
                    "-",
                    "-0",
                    "00",
                    "01",
                    "+1",
                    " 1",
                    "1 ",
                    "1a",
                    "a",
                    "--1",
                    "-01",
                    "1.0",
                    "9223372036854775808",
                    "-9223372036854775809",
                    "99999999999999999999",
                    "123456789012345678901"
                }) {
            byte[] text = no.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            Memory.copyIn(text, 0, a, text.length);
            assertThat(Decimal.isCanonical(a, text.length)).as(no).isFalse();
        }
    }

    @Test
    void listsAddresses() {
        AddressList list = new AddressList(slabs);
        AddressList other = new AddressList(slabs);
        long before = slabs.usedBytes();
        for (int i = 0; i < 5000; i++) {
            (i % 3 == 0 ? other : list).add(i);
        }
        list.addAll(other);
        assertThat(other.size()).isZero();
        assertThat(list.size()).isEqualTo(5000);
        assertThat(list.ownBytes()).isEqualTo(slabs.usedBytes() - before);
        long sum = 0;
        while (!list.isEmpty()) {
            sum += list.removeLast();
        }
        assertThat(sum).isEqualTo(4999L * 5000 / 2);
        list.close();
        assertThat(slabs.usedBytes()).isEqualTo(before);
    }

    private byte[] fillRandomly(long at) {
        byte[] model = new byte[BYTES];
        random.nextBytes(model);
        Memory.copyIn(model, 0, at, BYTES);
        return model;
    }

    private static byte[] bytes(long at) {
        byte[] bytes = new byte[BYTES];
        Memory.copyOut(at, bytes, 0, BYTES);
        return bytes;
    }
}
