package io.carnelian.replication.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.rdb.load.LoadResult;
import io.carnelian.rdb.load.ValueLimits;
import io.carnelian.replication.stream.Handshake.Payload;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.hash.HashLimits;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.net.Dialer;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.zset.SortedSetLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Payloads that are not what they were announced as; the test's thread is the command thread. */
class ReceivingTest {
    private static final long TIMEOUT_NS = 30_000_000_000L;
    private static final String MARK = "m".repeat(40);

    /** An empty one: its end, and a checksum that is not one. */
    private static final String RDB = "REDIS0011\u00ff" + "\0".repeat(8);

    private final LinkedBlockingQueue<Runnable> messages = new LinkedBlockingQueue<>();
    private final Pages pages = new Pages();
    private final List<String> told = new ArrayList<>();
    private boolean reads = true;

    private final Dialer.Wire wire =
            new Dialer.Wire() {
                @Override
                public void send(byte[] bytes) {}

                @Override
                public void reads(boolean on) {
                    reads = on;
                }

                @Override
                public void close() {}

                @Override
                public String peerAddress() {
                    return "127.0.0.1:1";
                }

                @Override
                public String localAddress() {
                    return "127.0.0.1:2";
                }

                @Override
                public int fileDescriptor() {
                    return -1;
                }
            };

    private final Mailbox mailbox =
            new Mailbox() {
                @Override
                public void post(Runnable task) {
                    messages.add(task);
                }

                @Override
                public void postAfter(Runnable task, long delayMs) {
                    throw new UnsupportedOperationException();
                }
            };

    private Receiving receiving(Payload announced, BooleanSupplier deep) {
        ValueLimits limits =
                new ValueLimits(
                        new HashLimits(() -> 512, () -> 64),
                        () -> 512,
                        () -> 128,
                        new SortedSetLimits(() -> 128, () -> 64));
        PayloadSource source =
                new PayloadSource(() -> new Keyspace(new Slabs(pages), 1), limits, deep, () -> 0);
        Receiving made =
                new Receiving(
                        announced,
                        source,
                        wire,
                        mailbox,
                        1,
                        new Receiving.Outcome() {
                            @Override
                            public void loaded(Keyspace data, LoadResult result) {
                                data.discard();
                                told.add("loaded");
                            }

                            @Override
                            public void failed(String why) {
                                told.add(why);
                            }
                        });
        made.begin();
        return made;
    }

    private static ByteBuf bytes(String text) {
        byte[] raw = text.getBytes(StandardCharsets.ISO_8859_1);
        return Unpooled.directBuffer().writeBytes(raw);
    }

    private void until(BooleanSupplier holds) {
        long deadline = System.nanoTime() + TIMEOUT_NS;
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Runnable task = messages.poll();
            if (task != null) {
                task.run();
            }
            Thread.onSpinWait();
        }
    }

    /** The loader is done before the socket is: nobody else would tell it to be read again. */
    @Test
    void whatIsLongerThanItsDataIsReadToItsEnd() {
        int length = 3 * PayloadPipe.FULL_BYTES;
        Receiving receiving = receiving(new Payload(length, ""), () -> false);
        receiving.received(bytes(RDB + "x".repeat(length / 2)));
        assertThat(reads).isFalse();
        until(() -> reads);
        receiving.received(bytes("x".repeat(length - length / 2 - RDB.length())));
        until(() -> told.equals(List.of("loaded")));
    }

    @Test
    void behindAMarkNothingIsReadBeforeTheDataIsLoaded() {
        Receiving receiving = receiving(new Payload(-1, MARK), () -> false);
        receiving.received(bytes(RDB + MARK));
        assertThat(receiving.isWhole()).isTrue();
        assertThat(reads).isFalse();
        until(() -> told.equals(List.of("loaded")));
    }

    @Test
    void whateverEndsTheLoadingIsTold() {
        Receiving receiving =
                receiving(
                        new Payload(-1, MARK),
                        () -> {
                            throw new StackOverflowError("deep");
                        });
        receiving.received(bytes(RDB));
        until(() -> !told.isEmpty());
        assertThat(told).containsExactly("java.lang.StackOverflowError: deep");
    }
}
