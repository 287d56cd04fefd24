package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.NoLink;
import io.carnelian.server.config.Config;
import io.carnelian.server.info.MemoryCommands;
import io.carnelian.server.reclaim.Reclaim;
import io.carnelian.server.reclaim.UsedMemory;
import io.carnelian.server.resp.Output;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.settings.ServerSettings;
import io.carnelian.server.store.Snapshot;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MemoryCommandsTest {
    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    @BeforeEach
    void addCommands() {
        Reclaim reclaim =
                new Reclaim(
                        server.server(),
                        new ServerSettings(new Config()).keyspace,
                        System::nanoTime,
                        task -> {},
                        () -> true);
        new MemoryCommands(server.keyspace(), reclaim.memory()).addTo(server.server().commands());
    }

    /** 8 header, 4 clock, 3 key, 5 value: 20, rounded to 24; and the slot. */
    @Test
    void usageIsExact() {
        server.run("SET", "key", "value");
        server.run("MEMORY", "USAGE", "key").returnsInteger(24 + 8);
        server.run("EXPIRE", "key", "100");
        server.run("MEMORY", "USAGE", "key").returnsInteger(32 + 8);
        server.run("SETRANGE", "big", "99999", "x");
        server.run("MEMORY", "USAGE", "big", "SAMPLES", "0").returnsInteger(102_400 + 8);
        server.run("MEMORY", "USAGE", "nokey").returnsNull();
        server.run("MEMORY", "USAGE", "nokey", "SAMPLES", "x")
                .fails("ERR value is not an integer or out of range");
        server.run("MEMORY", "USAGE", "key", "SAMPLES", "-1").fails("ERR syntax error");
        server.run("MEMORY", "USAGE", "key", "SAMPLES").fails("ERR syntax error");
    }

    /** As redis-server does: it is no access, and an expired key stays. */
    @Test
    void usageLeavesAnExpiredKeyWhereItIs() {
        server.run("SET", "key", "value", "PX", "10");
        server.advance(20);
        server.run("MEMORY", "USAGE", "key").returnsInteger(32 + 8).changesNothing();
        assertThat(server.keyspace().expiredTotal()).isZero();
        assertThat(server.keyspace().hits() + server.keyspace().misses()).isZero();
        server.run("GET", "key").returnsNull().propagates("DEL key");
    }

    @Test
    void statsNamesEveryDatabaseWithKeys() {
        server.run("SET", "key", "value");
        String stats = server.run("MEMORY", "STATS").reply();
        assertThat(stats).contains("startup.allocated", "db.0", "keys.count, :1,");
        assertThat(stats).contains("fragmentation.bytes").doesNotContain("db.1");
    }

    /** What is parsed already of a request that is not whole takes memory like the rest. */
    @Test
    void requestsThatAreNotWholeAreInUse() {
        UsedMemory memory = new UsedMemory(server.keyspace(), server.server().clients());
        memory.sample();
        long before = memory.usedBytes();
        NoLink link =
                new NoLink() {
                    @Override
                    public long inputBytes() {
                        return 1 << 20;
                    }
                };
        Output output = new Output(UnpooledByteBufAllocator.DEFAULT);
        Client client = new Client(7, output, link, server.keyspace().db(0), 0);
        server.server().clients().add(client);
        memory.sample();
        assertThat(memory.usedBytes() - before).isEqualTo(1 << 20);
        client.replica = true;
        memory.look(client);
        assertThat(memory.normalClientBytes()).isZero();
        assertThat(memory.replicaClientBytes()).isEqualTo(1 << 20);
        assertThat(memory.uncountedBytes()).isEqualTo(1 << 20);
        server.server().clients().remove(client);
        memory.forget(client);
        assertThat(memory.usedBytes()).isEqualTo(before);
    }

    /** Eviction would only raise them, and go on to the last key. */
    @Test
    void unreadMessagesAboutChangedKeysDoNotCount() {
        UsedMemory memory = new UsedMemory(server.keyspace(), server.server().clients());
        Output output = new Output(UnpooledByteBufAllocator.DEFAULT);
        Client client = new Client(7, output, new NoLink(), server.keyspace().db(0), 0);
        server.server().clients().add(client);
        memory.sample();
        long used = memory.usedBytes();
        long counted = memory.countedBytes();
        Reply reply = new Reply(output);
        reply.target(output, true);
        reply.bulk("x".repeat(1000));
        memory.sample();
        assertThat(memory.countedBytes()).as("of a reply").isGreaterThan(counted);
        client.toldOfChanges = true;
        memory.sample();
        assertThat(memory.countedBytes()).isEqualTo(counted);
        assertThat(memory.usedBytes()).isGreaterThan(used);
        output.discard();
        memory.sample();
        assertThat(memory.usedBytes()).isEqualTo(used);
        assertThat(client.toldOfChanges).isFalse();
        reply.bulk("another reply");
        memory.sample();
        assertThat(memory.countedBytes()).isGreaterThan(counted);
        output.discard();
        server.server().clients().remove(client);
        memory.forget(client);
    }

    @Test
    void theDoctorSeesASnapshotThatHoldsMuch() {
        assertThat(server.run("MEMORY", "DOCTOR").reply()).contains("so little data");
        server.run("SETRANGE", "big", "9999999", "x");
        assertThat(server.run("MEMORY", "DOCTOR").reply()).contains("No problem");
        Snapshot snapshot = server.keyspace().cut();
        server.run("DEL", "big");
        server.run("SETRANGE", "big", "9999999", "x");
        assertThat(server.run("MEMORY", "DOCTOR").reply()).contains("mem_snapshot_limbo");
        server.keyspace().end(snapshot);
    }

    @Test
    void purgeGivesFreePagesBack() {
        for (int i = 0; i < 10; i++) {
            server.run("SETRANGE", "big" + i, "999999", "x");
        }
        server.run("FLUSHALL", "ASYNC");
        assertThat(server.keyspace().lazyPending()).isEqualTo(10);
        server.run("MEMORY", "PURGE").returns("+OK");
        assertThat(server.keyspace().lazyPending()).isZero();
        assertThat(server.keyspace().lazyFreed()).isEqualTo(10);
        assertThat(server.keyspace().slabs().purge()).isZero();
        assertThat(server.run("MEMORY", "MALLOC-STATS").reply()).contains("records: ");
    }

    @Test
    void aLargeValueIsPendingUntilItsLastElementIsFreed() {
        for (int i = 0; i < 2_000; i++) {
            server.run("SADD", "big", "member" + i);
        }
        server.run("FLUSHALL", "ASYNC");
        var _ = server.keyspace().releaseSome(100);
        assertThat(server.keyspace().lazyPending()).isEqualTo(1);
        while (server.keyspace().releaseSome(100) > 0) {}
        assertThat(server.keyspace().lazyPending()).isZero();
    }

    @Test
    void emptyingAtOnceIsNotLazy() {
        server.run("SET", "key", "value");
        server.run("FLUSHALL", "SYNC");
        assertThat(server.keyspace().lazyPending()).isZero();
        assertThat(server.keyspace().lazyFreed()).isZero();
    }
}
