package io.carnelian.server.packed;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.memory.Slabs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ListpackTest {
    private static final int TEXT_BYTES = 1 << 15;

    private final Pages pages = new Pages(1L << 28);
    private final Slabs slabs = new Slabs(pages);
    private final long text = slabs.allocate(TEXT_BYTES);

    /** Always exactly as big as what it holds, so that the checked mode sees every step too far. */
    private long pack = slabs.allocate(Listpack.EMPTY_BYTES);

    @AfterEach
    void close() {
        slabs.free(pack);
        slabs.free(text);
        slabs.assertNoLeaks(0);
        pages.close();
    }

    @Test
    void bytesAreAsTheFormatSays() {
        Listpack.create(pack);
        assertThat(hex()).isEqualTo("07000000" + "0000" + "ff");
        add("127");
        add("128");
        add("-1");
        add("a");
        assertThat(hex())
                .isEqualTo("12000000" + "0400" + "7f01" + "c08002" + "dfff02" + "816102" + "ff");
        assertThat(entry("32767")).isEqualTo("f1ff7f03");
        assertThat(entry("-8388608")).isEqualTo("f200008004");
        assertThat(entry("2147483647")).isEqualTo("f3ffffff7f05");
        assertThat(entry("-9223372036854775808")).isEqualTo("f4000000000000008009");
        assertThat(entry("-0")).isEqualTo("822d3003");
        assertThat(entry("x".repeat(64))).startsWith("e04078").endsWith("7842");
        assertThat(entry("x".repeat(4096))).startsWith("f000100000").endsWith("782085");
        // One below 2^14 takes three bytes already, in Redis too.
        assertThat(entry("x".repeat(16378))).endsWith("7800ffff");
        assertThat(entry("x".repeat(16377))).endsWith("787ffe");
    }

    @Test
    void behavesAsAListOfStrings() {
        long seed = Seed.of(ListpackTest.class);
        for (int run = 0; run < 40; run++) {
            Random random = new Random(seed + run);
            List<String> model = new ArrayList<>();
            recreate();
            for (int step = 0; step < 400; step++) {
                step(random, model);
                assertThat(Listpack.longest(pack, Listpack.bytes(pack)))
                        .isEqualTo(model.stream().mapToInt(String::length).max().orElse(0));
                assertThat(contents()).as("seed %d step %d", seed + run, step).isEqualTo(model);
            }
        }
    }

    @Test
    void countsWhenTheHeaderDoesNot() {
        recreate();
        for (int i = 0; i < 65_600; i++) {
            room(2);
            Listpack.insert(pack, Listpack.end(pack), i & 63);
        }
        assertThat(Listpack.count(pack)).isEqualTo(65_600);
        Listpack.remove(pack, Listpack.first(pack), pack + Listpack.HEADER_BYTES + 200, 100);
        assertThat(Memory.getShort(pack + 4)).isEqualTo((short) 65_500);
        assertThat(Listpack.isValid(pack, Listpack.bytes(pack))).isTrue();
        assertThat(Listpack.integer(Listpack.seek(pack, 65_499, 65_500))).isEqualTo(65_599 & 63);
    }

    /** Whatever a peer sends is refused or can be read to its end: no access leaves the bytes. */
    @Test
    void damageIsFoundOrHarmless() {
        long seed = Seed.of(ListpackTest.class);
        Random random = new Random(seed);
        int refused = 0;
        for (int run = 0; run < 3_000; run++) {
            recreate();
            for (int i = 0, n = random.nextInt(8); i < n; i++) {
                add(value(random));
            }
            int bytes = Listpack.bytes(pack);
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                Memory.putByte(pack + random.nextInt(bytes), (byte) random.nextInt(256));
            }
            int told = random.nextInt(10) == 0 ? random.nextInt(bytes + 1) : bytes;
            long exact = slabs.allocate(told);
            Memory.copy(pack, exact, told);
            if (Listpack.isValid(exact, told)) {
                slabs.free(pack);
                pack = exact;
                assertThat(contents())
                        .as("seed %d run %d", seed, run)
                        .hasSize(Listpack.count(pack));
            } else {
                refused++;
                slabs.free(exact);
            }
        }
        assertThat(refused).isGreaterThan(1_000);
    }

    private void step(Random random, List<String> model) {
        int size = model.size();
        int at = size == 0 ? 0 : random.nextInt(size);
        String value = value(random);
        int length = say(value);
        switch (size == 0 ? 0 : random.nextInt(size > 60 ? 8 : 5)) {
            case 0, 1 -> {
                int index = random.nextInt(size + 1);
                room(Listpack.entryBytes(text, length));
                Listpack.insert(pack, Listpack.seek(pack, index, size), text, length);
                model.add(index, value);
            }
            case 2 -> {
                long entry = Listpack.seek(pack, at, size);
                int before = (int) (Listpack.next(entry) - entry);
                room(Math.max(0, Listpack.entryBytes(text, length) - before));
                Listpack.replace(pack, Listpack.seek(pack, at, size), text, length);
                model.set(at, value);
            }
            case 3 -> {
                long number = random.nextLong() >> random.nextInt(64);
                room(Listpack.entryBytes(number));
                Listpack.insert(pack, Listpack.seek(pack, at, size), number);
                model.add(at, Long.toString(number));
            }
            case 4 -> {
                Listpack.remove(pack, Listpack.seek(pack, at, size));
                model.remove(at);
            }
            case 5 -> {
                int to = at + random.nextInt(size - at + 1);
                long end = Listpack.seek(pack, to, size);
                Listpack.remove(pack, Listpack.seek(pack, at, size), end, to - at);
                model.subList(at, to).clear();
            }
            case 6 -> split(at, model);
            default -> {
                long number = random.nextLong() >> random.nextInt(64);
                room(Listpack.entryBytes(number));
                Listpack.replace(pack, Listpack.seek(pack, at, size), number);
                model.set(at, Long.toString(number));
            }
        }
    }

    /** Moves the entries from {@code at} on to another listpack and goes on with that. */
    private void split(int at, List<String> model) {
        int size = model.size();
        long from = Listpack.seek(pack, at, size);
        long bytes = Listpack.end(pack) - from;
        long other = slabs.allocate(Listpack.EMPTY_BYTES + bytes);
        Listpack.create(other);
        Listpack.append(other, from, from + bytes, size - at);
        slabs.free(pack);
        pack = other;
        model.subList(0, at).clear();
    }

    private static String value(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> "";
            case 1, 2, 3 -> Long.toString(random.nextLong() >> random.nextInt(64));
            case 4 -> "0" + random.nextInt(10);
            case 5 -> "x".repeat(60 + random.nextInt(8));
            case 6 -> "y".repeat(120 + random.nextInt(12));
            case 7 -> random.nextInt(20) == 0 ? "z".repeat(4090 + random.nextInt(10)) : "z";
            case 8 -> random.nextInt(40) == 0 ? "w".repeat(16370 + random.nextInt(16)) : "w";
            default -> "s" + random.nextInt(1_000_000);
        };
    }

    /** The contents read forwards, after it was seen that backwards is the same. */
    private List<String> contents() {
        List<String> forwards = new ArrayList<>();
        for (long e = Listpack.first(pack); e != Listpack.end(pack); e = Listpack.next(e)) {
            forwards.add(read(e));
            say(forwards.getLast());
            int length = forwards.getLast().length();
            assertThat(Listpack.textLength(e)).isEqualTo(length);
            boolean canonical = Decimal.isCanonical(text, length);
            if (canonical == Listpack.isInteger(e)) {
                assertThat(Listpack.matches(e, text, length, canonical)).isTrue();
            }
        }
        List<String> backwards = new ArrayList<>();
        for (long e = Listpack.end(pack); e != Listpack.first(pack); ) {
            e = Listpack.previous(e);
            backwards.add(read(e));
        }
        assertThat(backwards.reversed()).isEqualTo(forwards);
        return forwards;
    }

    private static String read(long entry) {
        if (Listpack.isInteger(entry)) {
            return Long.toString(Listpack.integer(entry));
        }
        byte[] bytes = new byte[Listpack.stringLength(entry)];
        Memory.copyOut(Listpack.stringAddress(entry), bytes, 0, bytes.length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private int say(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
        Memory.copyIn(bytes, 0, text, bytes.length);
        return bytes.length;
    }

    private void add(String value) {
        int length = say(value);
        room(Listpack.entryBytes(text, length));
        Listpack.insert(pack, Listpack.end(pack), text, length);
    }

    private String entry(String value) {
        recreate();
        add(value);
        String all = hex();
        return all.substring(12, all.length() - 2);
    }

    private void recreate() {
        slabs.free(pack);
        pack = slabs.allocate(Listpack.EMPTY_BYTES);
        Listpack.create(pack);
    }

    private void room(int more) {
        int bytes = Listpack.bytes(pack);
        long bigger = slabs.allocate(bytes + (long) more);
        Memory.copy(pack, bigger, bytes);
        slabs.free(pack);
        pack = bigger;
    }

    private String hex() {
        byte[] bytes = new byte[Listpack.bytes(pack)];
        Memory.copyOut(pack, bytes, 0, bytes.length);
        return HexFormat.of().formatHex(bytes);
    }
}
