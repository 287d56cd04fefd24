package io.carnelian.replication.primary;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.replication.ReplicationLog;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code repl-spill-limit}: what a slow replica lacks waits in files. */
class SpillTest {
    /** Of a kilobyte: several times what is read back from the files ahead of a slow link. */
    private static final int WRITES = 4000;

    @TempDir private Path directory;
    private final Node node = new Node(1);
    private final Client writer = node.connect();

    @BeforeEach
    void limit() throws Exception {
        node.dir.parse(List.of(directory.toString()), false);
        node.config.backlogBytes.value = 16 * 1024;
        node.config.spillLimitBytes.value = 1 << 30;
        node.limits.parse(List.of("replica", "100000", "0", "0"), false);
    }

    @AfterEach
    void close() throws IOException {
        node.close();
        until(() -> files() == 0);
        assertThat(node.liveSnapshots()).isZero();
    }

    private long files() {
        try (Stream<Path> all = Files.list(directory)) {
            return all.count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void until(BooleanSupplier holds) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            node.turns();
            Thread.onSpinWait();
        }
    }

    private Client attached() {
        Client replica = node.connect();
        node.run(replica, "REPLCONF", "capa", "eof", "capa", "psync2");
        node.run(replica, "PSYNC", "?", "-1");
        until(() -> node.liveSnapshots() == 0);
        node.run(replica, "REPLCONF", "ACK", Long.toString(node.position()));
        node.turns();
        return replica;
    }

    private void write(String prefix) {
        for (int i = 0; i < WRITES; i++) {
            node.run(writer, "set", prefix + i, "v".repeat(1000));
            if (i % 10 == 0) {
                node.turns();
            }
        }
    }

    @Test
    void aSlowReplicaIsServedFromFilesUntilItLacksNothing() {
        Client slow = attached();
        int seen = node.link(slow).receivedBytes();
        long from = node.position();
        node.link(slow).window(0);
        write("a");
        node.turns();
        assertThat(node.link(slow).isClosed()).isFalse();
        assertThat(node.info()).contains("spilled_bytes=");
        assertThat(node.replication.backlogBytes()).isLessThan(200_000);
        until(() -> files() > 0);

        node.link(slow).window(Long.MAX_VALUE);
        write("b");
        until(() -> node.link(slow).receivedBytes() - seen == node.position() - from);
        assertThat(node.info()).doesNotContain("spilled_bytes=");
        byte[] all = node.link(slow).received();
        byte[] stream = Arrays.copyOfRange(all, seen, all.length);
        assertThat(new Follower(stream).readStream().data()).hasSize(2 * WRITES);
        write("c");
        until(() -> node.link(slow).receivedBytes() - seen == node.position() - from);
    }

    @Test
    void filesHaveALimitToo() {
        node.config.spillLimitBytes.value = 500_000;
        Client slow = attached();
        node.link(slow).window(0);
        write("a");
        node.pass(1);
        assertThat(node.link(slow).isClosed()).isTrue();
    }

    /** What a crash could take from us is told to nobody, by whatever way. */
    @Test
    void filesHoldNothingThatMustNotBeToldYet() {
        Client slow = attached();
        int seen = node.link(slow).receivedBytes();
        long from = node.position();
        long[] released = {Long.MAX_VALUE};
        node.replication.releasedBy(() -> released[0]);
        node.link(slow).window(0);
        write("a");
        node.turns();
        assertThat(node.info()).contains("spilled_bytes=");
        released[0] = node.position();
        node.run(writer, "set", "notyet", "1");
        node.link(slow).window(Long.MAX_VALUE);
        until(() -> !node.info().contains("spilled_bytes="));
        node.turns();
        assertThat(node.link(slow).receivedBytes() - seen).isEqualTo(released[0] - from);
        released[0] = Long.MAX_VALUE;
        node.replication.releasedMore();
        node.turns();
        assertThat(node.link(slow).receivedBytes() - seen).isEqualTo(node.position() - from);
    }

    @Test
    void aFailureThatIsNotOfTheDiskIsToldToo() throws InterruptedException {
        LinkedBlockingQueue<Runnable> messages = new LinkedBlockingQueue<>();
        AtomicReference<Throwable> told = new AtomicReference<>();
        Spill spill =
                new Spill(
                        directory,
                        SpillFiles.name(99),
                        1 << 20,
                        new NoMemory(),
                        messages(messages),
                        reader(told));
        spill.append(Unpooled.copiedBuffer("stream", StandardCharsets.US_ASCII));
        spill.readNext();
        Runnable message = messages.poll(30, TimeUnit.SECONDS);
        assertThat(message).isNotNull();
        Objects.requireNonNull(message).run();
        assertThat(told.get()).isInstanceOf(OutOfMemoryError.class);
        ByteBuf later = Unpooled.copiedBuffer("later", StandardCharsets.US_ASCII);
        spill.append(later);
        until(() -> later.refCnt() == 0);
        spill.close();
    }

    private static Mailbox messages(LinkedBlockingQueue<Runnable> messages) {
        return new Mailbox() {
            @Override
            public void post(Runnable task) {
                messages.add(task);
            }

            @Override
            public void postAfter(Runnable task, long delayMs) {
                throw new AssertionError("nobody waits here");
            }
        };
    }

    private static Spill.Reader reader(AtomicReference<Throwable> told) {
        return new Spill.Reader() {
            @Override
            public void read(ByteBuf bytes) {
                bytes.release();
            }

            @Override
            public void failed(Throwable why) {
                told.set(why);
            }
        };
    }

    /** Has none for those who read. */
    private static final class NoMemory extends AbstractByteBufAllocator {
        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            throw new OutOfMemoryError("no room");
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            throw new OutOfMemoryError("no room");
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }

    @Test
    void whatAKilledServerHasLeftIsRemoved() throws IOException {
        Path left = Files.createFile(directory.resolve("temp-repl-2000000000-1-0"));
        Path other = Files.createFile(directory.resolve("temp-repl-notes"));
        SpillFiles.clean(directory, new ReplicationLog());
        assertThat(left).doesNotExist();
        assertThat(other).exists();
        Files.delete(other);
    }
}
