package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.reclaim.ExpireCycle;
import io.carnelian.server.store.Keyspace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The cycle finds what nobody asks for, within its time, in every database. */
class ExpireCycleTest {
    private static final long TICK_MS = 100;

    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private final Deque<Runnable> turns = new ArrayDeque<>();
    private long nanos;
    private long nanosEachLook;
    private boolean enabled = true;
    private ExpireCycle cycle;

    @BeforeEach
    void make() {
        cycle =
                new ExpireCycle(
                        server.keyspace(),
                        server.server().executor(),
                        () -> nanos += nanosEachLook,
                        () -> TICK_MS,
                        turns::add,
                        () -> enabled);
        cycle.effort(1);
    }

    private void fill(int keys, String ttlMs) {
        for (int i = 0; i < keys; i++) {
            server.run("SELECT", "" + i % 3);
            server.run("SET", "key:" + i, "v", "PX", ttlMs);
        }
        server.run("SELECT", "0");
    }

    private void turn() {
        while (!turns.isEmpty()) {
            turns.remove().run();
        }
    }

    @Test
    void aSliceAsksWhetherItMayGoOn() {
        fill(9000, "1000");
        server.advance(1001);
        server.keyspace().nowMs(server.nowMs());
        nanosEachLook = 200_000;
        cycle.slow();
        long left = server.keyspace().size();
        server.keyspace().expiredKeys(Keyspace.EXPIRED_HIDE);
        turn();
        cycle.fast();
        assertThat(server.keyspace().size()).isEqualTo(left);
        server.keyspace().expiredKeys(Keyspace.EXPIRED_DELETE);
    }

    @Test
    void findsAllInEveryDatabase() {
        fill(6000, "1000");
        fill(0, "");
        server.run("SET", "stays", "v");
        server.advance(1001);
        server.keyspace().nowMs(server.nowMs());
        cycle.slow();
        assertThat(server.keyspace().size()).isEqualTo(1);
        assertThat(server.keyspace().expiredTotal()).isEqualTo(6000);
        assertThat(cycle.stalePercent()).isEqualTo(5);
        assertThat(cycle.timeCapReached()).isZero();
    }

    @Test
    void doesNothingWhileSwitchedOffOrOnAReplica() {
        fill(100, "1000");
        server.advance(1001);
        server.keyspace().nowMs(server.nowMs());
        enabled = false;
        cycle.slow();
        enabled = true;
        server.keyspace().expiredKeys(Keyspace.EXPIRED_HIDE);
        cycle.slow();
        assertThat(server.keyspace().size()).isEqualTo(100);
        server.keyspace().expiredKeys(Keyspace.EXPIRED_DELETE);
    }

    /** 25 ms of a tick of 100 ms, one look each 200 µs; then 1 ms in the fast cycle. */
    @Test
    void stopsWhenItsTimeIsUpAndGoesOnFast() {
        fill(9000, "1000");
        server.advance(1001);
        server.keyspace().nowMs(server.nowMs());
        nanosEachLook = 200_000;
        cycle.onSlice(took -> assertThat(took).isLessThanOrEqualTo(1_200_000L));
        cycle.slow();
        assertThat(server.keyspace().size()).as("after a slice").isBetween(8600L, 8800L);
        cycle.fast();
        assertThat(server.keyspace().size()).as("in between").isGreaterThan(8600);
        turn();
        long left = server.keyspace().size();
        assertThat(left).isBetween(2000L, 3500L);
        assertThat(cycle.timeCapReached()).isEqualTo(1);
        assertThat(cycle.spentMs()).isBetween(25L, 27L);

        nanosEachLook = 100_000;
        cycle.fast();
        assertThat(server.keyspace().size()).isLessThan(left);
        left = server.keyspace().size();
        cycle.fast();
        assertThat(server.keyspace().size()).as("too early").isEqualTo(left);
        nanosEachLook = 0;
        nanos += 10_000_000;
        cycle.slow();
        assertThat(server.keyspace().size()).isZero();
    }

    @Test
    void restsWhenFewAreStale() {
        fill(3000, "100000");
        nanosEachLook = 1;
        cycle.slow();
        long spent = nanos;
        cycle.fast();
        assertThat(nanos).isEqualTo(spent);
        assertThat(cycle.stalePercent()).isZero();
    }

    @Test
    void everyDeletedKeyIsAnEffect() {
        fill(7, "1000");
        List<String> heard = new ArrayList<>();
        server.server().stream()
                .addSink((block, from, to) -> {
                    byte[] bytes = new byte[to - from];
                    Memory.copyOut(block.address() + from, bytes, 0, bytes.length);
                    heard.add(new String(bytes, StandardCharsets.ISO_8859_1));
                });
        server.advance(1001);
        server.keyspace().nowMs(server.nowMs());
        cycle.slow();
        server.server().stream().endTurn();
        String all = String.join("", heard);
        for (int i = 0; i < 7; i++) {
            assertThat(all).contains("$3\r\nDEL\r\n$5\r\nkey:" + i);
        }
        assertThat(all).contains("SELECT\r\n$1\r\n1").doesNotContain("MULTI");
    }
}
