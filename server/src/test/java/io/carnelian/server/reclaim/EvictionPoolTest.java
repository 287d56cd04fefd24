package io.carnelian.server.reclaim;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Keyspace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EvictionPoolTest {
    private final Pages pages = new Pages(1L << 26);
    private final Keyspace keyspace = new Keyspace(new Slabs(pages), 2);
    private final EvictionPool pool = new EvictionPool();

    @AfterEach
    void close() {
        pages.close();
    }

    @Test
    void keepsTheBestOfAllThatWereOffered() {
        Random random = new Random(Seed.of(EvictionPoolTest.class));
        List<Long> offered = new ArrayList<>();
        for (int i = 1; i <= 500; i++) {
            long score = random.nextInt(1000);
            offered.add(score);
            pool.offer(keyspace.db(i & 1), i * 8L, i, score);
        }
        offered.sort(Comparator.reverseOrder());
        for (int i = 0; i < EvictionPool.SIZE; i++) {
            assertThat(pool.bestScore()).isEqualTo(offered.get(i));
            assertThat(pool.bestRecord()).isEqualTo(pool.bestHash() * 8);
            assertThat(pool.bestDb()).isEqualTo((int) pool.bestHash() & 1);
            pool.dropBest();
        }
        assertThat(pool.isEmpty()).isTrue();
    }

    @Test
    void aRecordIsInItOnceWithItsLastScore() {
        pool.offer(keyspace.db(0), 8, 1, 10);
        pool.offer(keyspace.db(0), 16, 2, 20);
        pool.offer(keyspace.db(0), 8, 1, 30);
        assertThat(pool.count()).isEqualTo(2);
        assertThat(pool.bestRecord()).isEqualTo(8);
        assertThat(pool.bestScore()).isEqualTo(30);
        pool.dropBest();
        assertThat(pool.bestRecord()).isEqualTo(16);
    }

    @Test
    void tenacityIsTimeASlice() {
        assertThat(Evictor.sliceNanos(0)).isZero();
        assertThat(Evictor.sliceNanos(10)).isEqualTo(500_000);
        assertThat(Evictor.sliceNanos(11)).isEqualTo(575_000);
        assertThat(Evictor.sliceNanos(100)).isEqualTo(Long.MAX_VALUE);
    }
}
