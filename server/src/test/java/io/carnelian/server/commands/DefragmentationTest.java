package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.config.Config;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.reclaim.Reclaim;
import io.carnelian.server.settings.ServerSettings;
import io.carnelian.server.store.Snapshot;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Records are moved while commands run; nothing is lost and pages come free. Checked memory. */
class DefragmentationTest {
    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private final Config config = new Config();
    private final Deque<Runnable> turns = new ArrayDeque<>();
    private long nanos;
    private final Reclaim reclaim =
            new Reclaim(
                    server.server(),
                    new ServerSettings(config).keyspace,
                    () -> nanos += 100_000,
                    turns::add,
                    () -> true);

    private void set(String name, String value) {
        assertThat(config.set(List.of(name, value), Config.Access.ALL)).isNull();
    }

    private void start() {
        set("active-defrag-ignore-bytes", "1");
        set("activedefrag", "yes");
    }

    /** With all its slices. */
    private void tick() {
        reclaim.defragmenter().tick(100);
        while (!turns.isEmpty()) {
            turns.remove().run();
        }
    }

    private double fragmentation() {
        Slabs slabs = server.keyspace().slabs();
        return (double) slabs.activeBytes() / slabs.usedBytes();
    }

    /** Every 20th key stays, of some sizes. */
    private Map<String, String> fragment() {
        Map<String, String> kept = new HashMap<>();
        for (int i = 0; i < 40_000; i++) {
            String value = "v".repeat(20 + i % 7 * 30);
            server.run("SET", "key:" + i, value);
            kept.put("key:" + i, value);
        }
        for (int i = 0; i < 40_000; i++) {
            if (i % 20 != 0) {
                server.run("DEL", "key:" + i);
                kept.remove("key:" + i);
            }
        }
        return kept;
    }

    private void assertHolds(Map<String, String> kept) {
        assertThat(server.keyspace().size()).isEqualTo(kept.size());
        kept.forEach((key, value) -> server.run("GET", key).returns(value));
    }

    @Test
    void sparseSlabsAreEmptied() {
        Map<String, String> kept = fragment();
        double before = fragmentation();
        long used = server.keyspace().slabs().usedBytes();
        tick();
        assertThat(reclaim.defragmenter().hits()).as("while it is off").isZero();
        start();
        for (int i = 0; i < 200; i++) {
            tick();
        }
        assertHolds(kept);
        assertThat(server.keyspace().slabs().usedBytes()).isEqualTo(used);
        assertThat(before).isGreaterThan(3);
        assertThat(fragmentation()).isLessThan(before / 2);
        assertThat(reclaim.defragmenter().keyHits()).isGreaterThan(1000);
        assertThat(reclaim.defragmenter().runningPercent()).isZero();
    }

    @Test
    void nothingMovesWhileASnapshotLives() {
        fragment();
        start();
        Snapshot snapshot = server.keyspace().cut();
        tick();
        assertThat(reclaim.defragmenter().hits() + reclaim.defragmenter().misses()).isZero();
        server.keyspace().end(snapshot);
        tick();
        assertThat(reclaim.defragmenter().hits()).isPositive();
    }

    @Test
    void aSliceTakesAMillisecond() {
        fragment();
        start();
        reclaim.defragmenter().onSlice(took -> assertThat(took).isBetween(1L, 1_300_000L));
        reclaim.defragmenter().tick(100);
        assertThat(turns).hasSize(1);
        Snapshot snapshot = server.keyspace().cut();
        long hits = reclaim.defragmenter().hits();
        turns.remove().run();
        assertThat(reclaim.defragmenter().hits()).as("under a snapshot").isEqualTo(hits);
        assertThat(turns).isEmpty();
        server.keyspace().end(snapshot);
        tick();
        assertThat(reclaim.defragmenter().hits()).isGreaterThan(hits);
    }

    /** Against a map: commands, expiry, snapshots and slices of defragmentation in any order. */
    @Test
    void randomCommandsBetweenSlices() {
        Random random = new Random(Seed.of(DefragmentationTest.class));
        Map<String, String> model = fragment();
        start();
        set("active-defrag-threshold-lower", "0");
        Snapshot snapshot = null;
        for (int i = 0; i < 30_000; i++) {
            String key = "key:" + random.nextInt(4000);
            String value = "w".repeat(random.nextInt(200));
            switch (random.nextInt(4)) {
                case 0 -> {
                    server.run("SET", key, value);
                    model.put(key, value);
                }
                case 1 -> {
                    server.run("APPEND", key, value);
                    model.merge(key, value, String::concat);
                }
                case 2 -> {
                    server.run("DEL", key);
                    model.remove(key);
                }
                default -> {
                    String expected = model.get(key);
                    server.run("GET", key).returns(expected == null ? "nil" : expected);
                }
            }
            if (random.nextInt(20) == 0) {
                server.advance(1000);
                tick();
            }
            if (random.nextInt(1000) == 0) {
                if (snapshot == null) {
                    snapshot = server.keyspace().cut();
                } else {
                    server.keyspace().end(snapshot);
                    snapshot = null;
                }
            }
            server.keyspace().releaseSome(10);
        }
        if (snapshot != null) {
            server.keyspace().end(snapshot);
        }
        assertHolds(model);
        assertThat(reclaim.defragmenter().hits()).isPositive();
    }
}
