package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.command.Gate;
import io.carnelian.server.commands.CommandsFixture.Outcome;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.Parameter;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.reclaim.Evictor;
import io.carnelian.server.reclaim.Reclaim;
import io.carnelian.server.settings.KeyspaceSettings;
import io.carnelian.server.settings.ServerSettings;
import io.carnelian.server.store.Snapshot;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** maxmemory as commands meet it: what is refused, what goes first, what the stream gets. */
class EvictionTest {
    private static final String OOM = "OOM command not allowed when used memory > 'maxmemory'.";

    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private final Config config = new Config();
    private final KeyspaceSettings settings = new ServerSettings(config).keyspace;
    private final Deque<Runnable> mailbox = new ArrayDeque<>();
    private long nanos = 1;
    private long nanosEachLook;
    private final Reclaim reclaim =
            new Reclaim(server.server(), settings, this::nanoTime, mailbox::add, () -> true);

    private long nanoTime() {
        nanos += nanosEachLook;
        return nanos;
    }

    private void set(Parameter row, String value) {
        assertThat(config.set(List.of(row.name(), value), Config.Access.ALL)).isNull();
    }

    private void policy(String name) {
        set(settings.maxmemoryPolicy, name);
    }

    /** Sets the limit so far above what is used now. */
    private void leave(long bytes) {
        reclaim.memory().sample();
        set(settings.maxmemory, Long.toString(reclaim.memory().countedBytes() + bytes));
    }

    private long size() {
        return server.keyspace().size();
    }

    @Test
    void withoutEvictionWritesAreRefusedAndTheRestRuns() {
        server.run("SET", "k", "v");
        set(settings.maxmemory, "1");
        server.run("SET", "k2", "v").fails(OOM);
        server.run("APPEND", "k", "v").fails(OOM);
        server.run("GET", "k").returns("v");
        server.run("DEL", "k").returnsInteger(1);
        set(settings.maxmemory, "0");
        assertThat(server.server().gates().isArmed(Gate.MAXMEMORY)).isFalse();
        server.run("SET", "k2", "v").returns("+OK");
    }

    /** What is left of them waits for the snapshot, and no deletion would make it less. */
    @Test
    void databasesEmptiedUnderASnapshotDoNotCount() {
        long empty = reclaim.memory().countedBytes();
        server.run("SET", "stays", "v".repeat(1000));
        for (int i = 0; i < 5000; i++) {
            server.run("SELECT", "" + (1 + i % 2));
            server.run("SET", "key:" + i, "v".repeat(100));
        }
        long used = reclaim.memory().usedBytes();
        long counted = reclaim.memory().countedBytes();
        Snapshot snapshot = server.keyspace().cut();
        server.run("FLUSHDB");
        assertThat(reclaim.memory().usedBytes()).isGreaterThanOrEqualTo(used);
        assertThat(reclaim.memory().countedBytes()).isBetween(counted / 3, counted * 2 / 3);
        server.run("FLUSHALL");
        assertThat(reclaim.memory().usedBytes()).isGreaterThanOrEqualTo(used);
        assertThat(reclaim.memory().countedBytes()).isBetween(empty, empty + 20_000);
        server.keyspace().end(snapshot);
        while (server.keyspace().releaseSome(1000) > 0) {}
        assertThat(reclaim.memory().countedBytes()).isEqualTo(reclaim.memory().usedBytes());
    }

    /** What hangs on an evicted key is freed in slices, and counts until then. */
    @Test
    void noOtherKeyGoesWhileABigOneIsFreed() {
        policy("allkeys-random");
        for (int i = 0; i < 10_000; i++) {
            server.run("SADD", "set:" + i % 5, "member:" + i);
        }
        leave(1000);
        server.run("SET", "k", "v".repeat(10_000)).returns("+OK");
        server.run("SET", "l", "v").returns("+OK");
        assertThat(size()).isBetween(5L, 6L);
    }

    @Test
    void aQueueTakesMemoryToo() {
        server.run("SET", "k", "v");
        server.run("MULTI").returns("+OK");
        server.run("SET", "k", "w").returns("+QUEUED");
        set(settings.maxmemory, "1");
        server.run("GET", "k").fails(OOM);
        server.run("EXEC").fails("EXECABORT Transaction discarded because of: " + OOM);
        server.run("DISCARD").fails("ERR DISCARD without MULTI");
        server.run("MULTI").returns("+OK");
        server.run("EXEC").returns("[]");
        server.run("GET", "k").returns("v");
    }

    @Test
    void theLimitHoldsForEveryPolicy() {
        for (String policy :
                new String[] {
                    "allkeys-lru",
                    "allkeys-lfu",
                    "allkeys-random",
                    "volatile-lru",
                    "volatile-lfu",
                    "volatile-random",
                    "volatile-ttl"
                }) {
            set(settings.maxmemory, "0");
            policy(policy);
            server.run("FLUSHALL");
            while (server.keyspace().releaseSome(1000) > 0) {}
            leave(100_000);
            for (int i = 0; i < 5000; i++) {
                server.run("SETEX", "key:" + i, "10000", "v").returns("+OK");
            }
            server.run("GET", "none");
            assertThat(reclaim.memory().countedBytes())
                    .as(policy)
                    .isBetween(settings.maxmemory.value - 10_000, settings.maxmemory.value);
            assertThat(reclaim.evictor().stats().evictedKeys()).isGreaterThan(1000);
            reclaim.resetStats();
        }
    }

    @Test
    void volatilePoliciesLeaveKeysWithoutExpiry() {
        for (String policy :
                new String[] {"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"}) {
            set(settings.maxmemory, "0");
            policy(policy);
            server.run("FLUSHALL");
            for (int i = 0; i < 1000; i++) {
                server.run("SET", "stays:" + i, "v");
                if (i % 50 == 0) {
                    server.run("SETEX", "goes:" + i, "10000", "v");
                }
            }
            leave(-200);
            server.run("GET", "none");
            assertThat(size()).as(policy).isBetween(1000L, 1018L);
            set(settings.maxmemory, "1");
            server.run("SET", "more", "v").returns("-" + OOM);
            assertThat(size()).as(policy).isEqualTo(1000);
        }
    }

    @Test
    void theLeastRecentlyUsedGoFirst() {
        policy("allkeys-lru");
        set(settings.maxmemorySamples, "10");
        for (int i = 0; i < 1000; i++) {
            server.run("SET", "old:" + i, "v");
        }
        server.advance(100_000);
        for (int i = 0; i < 1000; i++) {
            server.run("SET", "new:" + i, "v");
        }
        set(settings.maxmemoryEvictionTenacity, "100");
        int evicted = evictSome(500);
        int survivors = 0;
        for (int i = 0; i < 1000; i++) {
            survivors += server.run("EXISTS", "new:" + i).reply().equals(":1") ? 1 : 0;
        }
        assertThat(1000 - survivors).as("new ones of %d evicted", evicted).isLessThan(15);
    }

    @Test
    void theLeastFrequentlyUsedGoFirst() {
        policy("allkeys-lfu");
        set(settings.maxmemorySamples, "10");
        for (int i = 0; i < 1000; i++) {
            server.run("SET", "used:" + i, "v");
            server.run("SET", "unused:" + i, "v");
            for (int j = 0; j < 20; j++) {
                server.run("GET", "used:" + i);
            }
        }
        set(settings.maxmemoryEvictionTenacity, "100");
        int evicted = evictSome(500);
        int survivors = 0;
        for (int i = 0; i < 1000; i++) {
            survivors += server.run("EXISTS", "used:" + i).reply().equals(":1") ? 1 : 0;
        }
        assertThat(1000 - survivors).as("used ones of %d evicted", evicted).isLessThan(15);
    }

    @Test
    void overwritingCountsAsOneUse() {
        policy("allkeys-lfu");
        set(settings.lfuLogFactor, "0");
        server.run("SET", "k", "v");
        server.run("OBJECT", "FREQ", "k").returnsInteger(5);
        server.run("SET", "k", "a value of another size");
        server.run("OBJECT", "FREQ", "k").returnsInteger(6);
        server.run("GET", "k");
        server.run("OBJECT", "FREQ", "k").returnsInteger(7);
        server.advance(120_000);
        server.run("OBJECT", "FREQ", "k").returnsInteger(5);
        server.run("OBJECT", "IDLETIME", "k")
                .fails(
                        "ERR An LFU maxmemory policy is selected, idle time not tracked. Please"
                                + " note that when switching between policies at runtime LRU and"
                                + " LFU data will take some time to adjust.");
        policy("allkeys-lru");
        server.run("SET", "k", "v");
        server.advance(7_000);
        server.run("OBJECT", "IDLETIME", "k").returnsInteger(7);
    }

    @Test
    void theNextToExpireGoFirst() {
        policy("volatile-ttl");
        set(settings.maxmemorySamples, "10");
        for (int i = 0; i < 1000; i++) {
            server.run("SETEX", "late:" + i, "1000", "v");
            server.run("SETEX", "soon:" + i, "500", "v");
        }
        set(settings.maxmemoryEvictionTenacity, "100");
        evictSome(500);
        int late = 0;
        for (int i = 0; i < 1000; i++) {
            late += server.run("EXISTS", "late:" + i).reply().equals(":1") ? 1 : 0;
        }
        assertThat(1000 - late).isLessThan(15);
    }

    /** Lowers the limit until so many keys are gone. */
    private int evictSome(int keys) {
        long before = size();
        while (size() > before - keys) {
            leave(-2000);
            server.run("GET", "none");
        }
        return (int) (before - size());
    }

    @Test
    void evictedKeysAreEffectsBeforeTheCommand() {
        policy("allkeys-lru");
        server.run("SET", "a", "1");
        server.run("SELECT", "3");
        server.run("SET", "b", "2");
        set(settings.maxmemory, "1");
        Outcome get = server.run("GET", "none");
        assertThat(get.effects()).containsExactlyInAnyOrder("[3] DEL b", "DEL a");
        assertThat(size()).isZero();
        set(settings.maxmemory, "0");
        server.run("SET", "c", "3");
        set(settings.lazyEviction, "yes");
        set(settings.maxmemory, "1");
        server.run("SET", "d", "4").returns("-" + OOM).propagates("[3] UNLINK c");
    }

    @Test
    void aSliceEndsAndAnotherGoesOn() {
        policy("allkeys-random");
        for (int i = 0; i < 1000; i++) {
            server.run("SET", "key:" + i, "v");
        }
        set(settings.maxmemory, "1");
        assertThat(mailbox).hasSize(1);
        mailbox.clear();
        reclaim.evictor().continueEviction();
        server.run("FLUSHALL");
        while (server.keyspace().releaseSome(1000) > 0) {}
        set(settings.maxmemory, "0");
        for (int i = 0; i < 1000; i++) {
            server.run("SET", "key:" + i, "v");
        }
        mailbox.clear();
        nanosEachLook = 200_000;
        set(settings.maxmemory, "1");
        assertThat(mailbox).hasSize(1);
        server.run("SET", "more", "v").returns("+OK");
        assertThat(size()).isBetween(900L, 999L);
        assertThat(mailbox).hasSize(1);
        int slices = 0;
        while (!mailbox.isEmpty()) {
            mailbox.remove().run();
            slices++;
        }
        assertThat(slices).isGreaterThan(10);
        assertThat(size()).isZero();
        assertThat(reclaim.evictor().evict()).isEqualTo(Evictor.Result.FAILED);
        assertThat(reclaim.evictor().stats().currentExceededMs(nanos)).isPositive();
    }

    @Test
    void whatOnlyASnapshotSeesDoesNotCount() {
        policy("allkeys-random");
        for (int i = 0; i < 1000; i++) {
            server.run("SET", "key:" + i, "v".repeat(100));
        }
        Snapshot snapshot = server.keyspace().cut();
        leave(-20_000);
        server.run("GET", "none");
        assertThat(size()).isBetween(500L, 900L);
        assertThat(reclaim.memory().uncountedBytes()).isGreaterThan(20_000);
        server.keyspace().end(snapshot);
    }

    /** Random commands under a tight limit, with snapshots that come and go: nothing leaks. */
    @Test
    void randomCommandsUnderALimit() {
        Random random = new Random(Seed.of(EvictionTest.class));
        List<Snapshot> snapshots = new ArrayList<>();
        String[] policies = {"allkeys-lru", "allkeys-lfu", "volatile-ttl", "allkeys-random"};
        leave(60_000);
        for (int i = 0; i < 20_000; i++) {
            String key = "key:" + random.nextInt(2000);
            String value = "v".repeat(random.nextInt(100));
            switch (random.nextInt(5)) {
                case 0, 1 -> server.run("SET", key, value);
                case 2 -> server.run("SETEX", key, "" + (1 + random.nextInt(50)), value);
                case 3 -> server.run("APPEND", key, "more");
                default -> server.run("GET", key);
            }
            if (random.nextInt(100) == 0) {
                policy(policies[random.nextInt(policies.length)]);
                server.advance(1000);
                reclaim.expireCycle().slow();
            }
            if (random.nextInt(200) == 0 && snapshots.size() < 2) {
                snapshots.add(server.keyspace().cut());
            } else if (random.nextInt(150) == 0 && !snapshots.isEmpty()) {
                server.keyspace().end(snapshots.removeFirst());
            }
            server.keyspace().releaseSome(10);
        }
        snapshots.forEach(server.keyspace()::end);
        set(settings.maxmemory, "0");
        assertThat(reclaim.evictor().stats().evictedKeys()).isPositive();
    }
}
