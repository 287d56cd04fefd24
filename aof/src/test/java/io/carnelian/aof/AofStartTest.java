package io.carnelian.aof;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.aof.load.LoadedPlace;
import io.carnelian.aof.write.Journal;
import io.carnelian.aof.write.Positions;
import io.carnelian.rdb.RdbConfig;
import io.carnelian.rdb.RdbLog;
import io.carnelian.rdb.load.ValueLimits;
import io.carnelian.rdb.save.Saves;
import io.carnelian.server.Server;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Gate;
import io.carnelian.server.commands.StringCommands;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.config.WorkingDir;
import io.carnelian.server.hash.HashLimits;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.zset.SortedSetLimits;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start without files, while somebody writes as early as possible. */
class AofStartTest {
    @TempDir Path folder;

    private final LinkedBlockingQueue<Runnable> messages = new LinkedBlockingQueue<>();
    private final Pages pages = new Pages();
    private final Keyspace keyspace = new Keyspace(new Slabs(pages), 2);
    private final InstantSource clock = () -> Instant.ofEpochMilli(1_700_000_000_000L);
    private final Server server = new Server(keyspace, clock, UnpooledByteBufAllocator.DEFAULT);
    private final WorkingDir dir = new WorkingDir();
    private final AofConfig config = new AofConfig(dir);

    private final Mailbox mailbox =
            new Mailbox() {
                @Override
                public void post(Runnable task) {
                    messages.add(task);
                }

                @Override
                public void postAfter(Runnable task, long delayMs) {
                    throw new AssertionError("nobody waits here");
                }
            };

    private static void never() {
        throw new AssertionError("that does not happen here");
    }

    private static final class Nowhere implements Positions {
        @Override
        public String replid() {
            return "";
        }

        @Override
        public int streamDb() {
            return 0;
        }
    }

    private final class Loads implements Aof.Source {
        @Override
        public Keyspace unpublished() {
            return new Keyspace(new Slabs(pages), 2);
        }

        @Override
        public ValueLimits limits() {
            return new ValueLimits(
                    new HashLimits(() -> 128, () -> 64),
                    () -> 512,
                    () -> -2,
                    new SortedSetLimits(() -> 128, () -> 64));
        }

        @Override
        public boolean deep() {
            return false;
        }

        @Override
        public long keyDelayMicros() {
            return 0;
        }
    }

    private Aof aof() throws Exception {
        dir.parse(List.of(folder.toString()), false);
        Saves saves =
                new Saves(
                        keyspace,
                        server.executor().stats(),
                        server.gates(),
                        new RdbConfig(dir, new Toggle("rdbchecksum", 0, true)),
                        new RdbLog(),
                        mailbox,
                        Thread.ofPlatform().daemon().factory(),
                        clock,
                        () -> false);
        return new Aof(
                server,
                config,
                saves,
                new Nowhere(),
                new Loads(),
                new BlockedClients(mailbox, clock::millis, UnpooledByteBufAllocator.DEFAULT),
                mailbox,
                upTo -> {},
                UnpooledByteBufAllocator.DEFAULT,
                Thread.ofPlatform().daemon().factory(),
                clock,
                () -> 1 << 20,
                client -> {});
    }

    /** Otherwise what is written before the files are made would be in none of them. */
    @Test
    void nobodyWritesBeforeTheFirstFilesAreMade() throws Exception {
        config.appendonly.on = true;
        Aof aof = aof();
        assertThat(aof.prepare()).isFalse();
        assertThat(server.gates().isArmed(Gate.LOADING)).isTrue();
        boolean[] begun = new boolean[1];
        aof.beginFresh(() -> begun[0] = true, AofStartTest::never, AofStartTest::never);
        assertThat(server.gates().isArmed(Gate.LOADING)).isTrue();
        Runnable made = messages.poll(20, TimeUnit.SECONDS);
        assertThat(made).isNotNull();
        made.run();
        assertThat(begun[0]).isTrue();
        assertThat(server.gates().isArmed(Gate.LOADING)).isFalse();
        assertThat(aof.journal().state()).isEqualTo(Journal.State.ON);
        assertThat(folder.resolve("appendonlydir/appendonly.aof.1.base.rdb")).exists();
        aof.close();
    }

    /** Its data came out of an RDB file: the files must have it before anything else is told. */
    @Test
    void nobodyWritesBeforeTheDataIsInTheFirstBase() throws Exception {
        config.appendonly.on = true;
        long at = keyspace.slabs().allocate(1);
        Memory.putByte(at, (byte) 'k');
        keyspace.db(0).setString(new Key().set(at, 1), at, 1, 0);
        keyspace.slabs().free(at);
        Aof aof = aof();
        assertThat(aof.prepare()).isFalse();
        boolean[] begun = new boolean[1];
        aof.beginFresh(() -> begun[0] = true, AofStartTest::never, AofStartTest::never);
        Path manifest = folder.resolve("appendonlydir/appendonly.aof.manifest");
        while (!begun[0]) {
            assertThat(server.gates().isArmed(Gate.LOADING)).isTrue();
            Runnable message = messages.poll(30, TimeUnit.SECONDS);
            assertThat(message).isNotNull();
            message.run();
        }
        assertThat(server.gates().isArmed(Gate.LOADING)).isFalse();
        assertThat(aof.journal().state()).isEqualTo(Journal.State.ON);
        assertThat(manifest).content().contains("base.rdb").contains("incr.aof");
        aof.close();
    }

    @Test
    void withoutAnAofNothingIsMadeAndNobodyWaits() throws Exception {
        Aof aof = aof();
        assertThat(aof.prepare()).isFalse();
        assertThat(server.gates().isArmed(Gate.LOADING)).isFalse();
        boolean[] begun = new boolean[1];
        aof.beginFresh(() -> begun[0] = true, AofStartTest::never, AofStartTest::never);
        assertThat(begun[0]).isTrue();
        assertThat(folder).isEmptyDirectory();
        aof.close();
    }

    /** Somebody has lost the manifest alone, and starts the server as usual. */
    @Test
    void whatALostManifestNamedIsNotOverwritten() throws Exception {
        config.appendonly.on = true;
        Path there = Files.createDirectory(folder.resolve("appendonlydir"));
        Files.writeString(there.resolve("appendonly.aof.1.base.rdb"), "all the data");
        Files.writeString(there.resolve("appendonly.aof.1.incr.aof"), "and what came later");
        Aof aof = aof();
        assertThat(aof.prepare()).isFalse();
        boolean[] begun = new boolean[1];
        aof.beginFresh(() -> begun[0] = true, AofStartTest::never, AofStartTest::never);
        Runnable made = messages.poll(20, TimeUnit.SECONDS);
        assertThat(made).isNotNull();
        made.run();
        assertThat(begun[0]).isTrue();
        assertThat(there.resolve("appendonly.aof.1.base.rdb.without-manifest"))
                .hasContent("all the data");
        assertThat(there.resolve("appendonly.aof.1.incr.aof.without-manifest"))
                .hasContent("and what came later");
        aof.close();
    }

    /** A data set with a hole is what the next rewrite would keep. */
    @Test
    void aStartThatLacksMemoryForTheFileEnds() throws Exception {
        config.appendonly.on = true;
        new StringCommands().addTo(server.commands());
        Path there = Files.createDirectory(folder.resolve("appendonlydir"));
        Files.writeString(
                there.resolve("appendonly.aof.manifest"),
                "file appendonly.aof.1.incr.aof seq 1 type i\n");
        int bytes = 8 << 20;
        String set = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + bytes + "\r\n" + "v".repeat(bytes);
        Files.writeString(there.resolve("appendonly.aof.1.incr.aof"), set + "\r\n");
        Aof aof = aof();
        assertThat(aof.prepare()).isTrue();
        pages.limitBytes(pages.usedBytes() + (4 << 20));
        boolean[] loaded = new boolean[1];
        CountDownLatch ended = new CountDownLatch(1);
        aof.load(LoadedPlace::release, () -> loaded[0] = true, () -> {}, ended::countDown);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (ended.getCount() > 0 && !loaded[0] && System.nanoTime() < deadline) {
            Runnable message = messages.poll(10, TimeUnit.MILLISECONDS);
            if (message != null) {
                message.run();
            }
        }
        assertThat(loaded[0]).isFalse();
        assertThat(ended.getCount()).isZero();
        aof.close();
    }
}
