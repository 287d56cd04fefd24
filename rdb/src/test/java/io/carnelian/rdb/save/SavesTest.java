package io.carnelian.rdb.save;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.rdb.RdbConfig;
import io.carnelian.rdb.RdbLog;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.ExecutorStats;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.config.WorkingDir;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavesTest {
    @TempDir Path folder;

    private final Slabs slabs = new Slabs(new Pages());
    private final Keyspace keyspace = new Keyspace(slabs, 2);
    private final ExecutorStats stats = new ExecutorStats();
    private final Gates gates = new Gates();
    private final WorkingDir dir = new WorkingDir();
    private final RdbConfig config = new RdbConfig(dir, new Toggle("rdbchecksum", 0, true));
    private final Queue<Runnable> messages = new ArrayDeque<>();
    private final Queue<Runnable> started = new ArrayDeque<>();
    private long nowMs = 1_700_000_000_000L;
    private Saves saves;

    /** Tasks and messages wait until the test runs them. */
    private final class Post implements Mailbox {
        @Override
        public void post(Runnable task) {
            messages.add(task);
        }

        @Override
        public void postAfter(Runnable task, long delayMs) {
            messages.add(task);
        }
    }

    private static final class HeldThread extends Thread {
        private final Queue<Runnable> started;
        private final Runnable task;

        HeldThread(Runnable task, Queue<Runnable> started) {
            this.task = task;
            this.started = started;
        }

        @Override
        public void start() {
            started.add(task);
        }
    }

    @BeforeEach
    void makeSaves() throws Exception {
        dir.parse(List.of(folder.toString()), false);
        config.save.parse(List.of("10", "2"), false);
        saves =
                new Saves(
                        keyspace,
                        stats,
                        gates,
                        config,
                        new RdbLog(),
                        new Post(),
                        task -> new HeldThread(task, started),
                        () -> Instant.ofEpochMilli(nowMs),
                        () -> false);
        change();
        change();
    }

    private void change() {
        byte[] name = ("k" + stats.changes()).getBytes(StandardCharsets.US_ASCII);
        long at = slabs.allocate(name.length);
        Memory.copyIn(name, 0, at, name.length);
        keyspace.db(0).setString(new Key().set(at, name.length), at, name.length, 0);
        slabs.free(at);
        stats.countChange();
    }

    private void finish() {
        started.remove().run();
        messages.remove().run();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void changesSinceTheCutAreLeftAfterASave() throws IOException {
        saves.start();
        change();
        assertThat(saves.changes()).isEqualTo(3);
        assertThat(saves.isRunning()).isTrue();
        finish();
        assertThat(saves.isRunning()).isFalse();
        assertThat(saves.changes()).isEqualTo(1);
        assertThat(files()).containsExactly("dump.rdb");
        assertThat(keyspace.epochs().liveCuts()).isZero();
    }

    @Test
    void aCancelledSaveLeavesFileAndChangesAsTheyWere() throws IOException {
        saves.start();
        assertThat(saves.cancel("test")).isTrue();
        finish();
        assertThat(files()).isEmpty();
        assertThat(saves.changes()).isEqualTo(2);
        assertThat(saves.lastOk()).isTrue();
        assertThat(saves.cancel("test")).isFalse();
    }

    /** Otherwise the older file would be loaded next. */
    @Test
    void aSaveAtOnceEndsTheOneInBackground() throws IOException {
        saves.start();
        change();
        assertThat(saves.saveNow()).isTrue();
        byte[] newer = Files.readAllBytes(folder.resolve("dump.rdb"));
        finish();
        assertThat(Files.readAllBytes(folder.resolve("dump.rdb"))).isEqualTo(newer);
        assertThat(saves.changes()).isZero();
        assertThat(saves.lastOk()).isTrue();
    }

    @Test
    void savePointsAskForTimeAndChanges() {
        saves.everyTick();
        assertThat(started).isEmpty();
        nowMs += 10_001;
        saves.everyTick();
        assertThat(started).hasSize(1);
        saves.everyTick();
        assertThat(started).hasSize(1);
        finish();
        nowMs += 20_000;
        saves.everyTick();
        assertThat(started).as("nothing has changed").isEmpty();
    }

    /** As in Redis: a disk has one of both to do at a time. */
    @Test
    void noSavePointBeginsBesideARewrite() {
        boolean[] rewrites = {true};
        saves.besides(() -> rewrites[0]);
        nowMs += 10_001;
        saves.everyTick();
        assertThat(started).isEmpty();
        rewrites[0] = false;
        saves.everyTick();
        assertThat(started).hasSize(1);
        finish();
    }

    @Test
    void afterAFailureWritesAreRefusedAndTheNextTryWaits() throws Exception {
        nowMs += 10_001;
        Files.createDirectory(folder.resolve("dump.rdb"));
        Files.writeString(folder.resolve("dump.rdb").resolve("in-the-way"), "x");
        saves.everyTick();
        finish();
        assertThat(saves.lastOk()).isFalse();
        assertThat(gates.isArmed(Gate.DISK_ERROR)).isTrue();
        assertThat(files()).containsExactly("dump.rdb");
        saves.everyTick();
        assertThat(started).isEmpty();
        nowMs += 5_001;
        saves.everyTick();
        assertThat(started).hasSize(1);
        Files.delete(folder.resolve("dump.rdb").resolve("in-the-way"));
        Files.delete(folder.resolve("dump.rdb"));
        finish();
        assertThat(gates.isArmed(Gate.DISK_ERROR)).isFalse();
        assertThat(saves.changes()).isZero();
    }

    /** Else the next save would end the process. */
    @Test
    void aNameThatNoFileCanHaveIsRefused() throws Exception {
        assertThatThrownBy(() -> config.dbfilename.parse(List.of("a\0b"), false))
                .isInstanceOf(BadValue.class);
        assertThat(saves.saveNow()).isTrue();
        assertThat(files()).containsExactly("dump.rdb");
    }

    @Test
    void theLastSaveIsDoneAsTheSavePointsSayUnlessTold() throws Exception {
        assertThat(saves.shutdown(false)).isNull();
        assertThat(files()).isEmpty();
        assertThat(saves.shutdown(null)).isNull();
        assertThat(files()).containsExactly("dump.rdb");
        Files.delete(folder.resolve("dump.rdb"));
        config.save.parse(List.of(""), false);
        assertThat(saves.shutdown(null)).isNull();
        assertThat(files()).isEmpty();
        assertThat(saves.shutdown(true)).isNull();
        assertThat(files()).containsExactly("dump.rdb");
        Files.createDirectory(folder.resolve("temp-" + ProcessHandle.current().pid() + ".rdb"));
        assertThat(saves.shutdown(true)).isEqualTo("the final save failed");
    }
}
