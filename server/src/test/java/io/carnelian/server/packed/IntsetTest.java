package io.carnelian.server.packed;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.memory.Slabs;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IntsetTest {
    private final Pages pages = new Pages(1L << 28);
    private final Slabs slabs = new Slabs(pages);
    private long set = slabs.allocate(Intset.HEADER_BYTES);

    @AfterEach
    void close() {
        slabs.free(set);
        slabs.assertNoLeaks(0);
        pages.close();
    }

    @Test
    void bytesAreAsTheFormatSays() {
        Intset.create(set);
        assertThat(hex()).isEqualTo("0200000000000000");
        add(5);
        add(-1);
        assertThat(hex()).isEqualTo("02000000" + "02000000" + "ffff0500");
        add(65_535);
        assertThat(hex()).isEqualTo("0400000003000000" + "ffffffff" + "05000000" + "ffff0000");
        add(Long.MIN_VALUE);
        assertThat(hex()).startsWith("0800000004000000" + "0000000000000080" + "ffffffffffffffff");
    }

    @Test
    void behavesAsASortedSet() {
        long seed = Seed.of(IntsetTest.class);
        for (int run = 0; run < 100; run++) {
            Random random = new Random(seed + run);
            TreeSet<Long> model = new TreeSet<>();
            slabs.free(set);
            set = slabs.allocate(Intset.HEADER_BYTES);
            Intset.create(set);
            int widest = random.nextInt(62);
            for (int step = 0; step < 300; step++) {
                long value = random.nextLong() >> random.nextInt(widest, 64);
                int found = Intset.find(set, value);
                assertThat(found >= 0).as("seed %d", seed + run).isEqualTo(model.contains(value));
                if (found >= 0 && random.nextBoolean()) {
                    Intset.removeAt(set, found);
                    model.remove(value);
                } else if (found < 0) {
                    assertThat(-1 - found).isEqualTo(model.headSet(value).size());
                    add(value);
                    model.add(value);
                }
                check(model, seed + run);
            }
        }
    }

    @Test
    void damageIsFound() {
        Intset.create(set);
        add(1);
        add(2);
        assertThat(Intset.isValid(set, 12)).isTrue();
        assertThat(Intset.isValid(set, 11)).isFalse();
        assertThat(Intset.isValid(set, 4)).isFalse();
        Memory.putShort(set + 8, (short) 2);
        assertThat(Intset.isValid(set, 12)).as("twice the same").isFalse();
        Memory.putShort(set + 8, (short) 1);
        Memory.putInt(set, 3);
        assertThat(Intset.isValid(set, 12)).as("width").isFalse();
        Memory.putInt(set, 2);
        Memory.putInt(set + 4, -2);
        assertThat(Intset.isValid(set, 12)).as("count").isFalse();
        Memory.putInt(set + 4, 3);
        assertThat(Intset.isValid(set, 12)).as("bytes").isFalse();
    }

    private void check(Set<Long> model, long seed) {
        ArrayList<Long> values = new ArrayList<>();
        for (int i = 0; i < Intset.count(set); i++) {
            values.add(Intset.get(set, i));
        }
        assertThat(values).as("seed %d", seed).isEqualTo(new ArrayList<>(model));
        assertThat(Intset.isValid(set, Intset.bytes(set))).isTrue();
    }

    private void add(long value) {
        long bigger = slabs.allocate(Intset.bytesWith(set, value));
        Memory.copy(set, bigger, Intset.bytes(set));
        slabs.free(set);
        set = bigger;
        Intset.add(set, value, Intset.find(set, value));
    }

    private String hex() {
        byte[] bytes = new byte[(int) Intset.bytes(set)];
        Memory.copyOut(set, bytes, 0, bytes.length);
        return HexFormat.of().formatHex(bytes);
    }
}
