package io.carnelian.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.Server;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelException;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SocketDialerTest {
    private static final long LIMIT_SECONDS = 30;

    private final MultiThreadIoEventLoopGroup group = Network.newCommandGroup(Transport.NIO);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();

    @AfterEach
    void end() {
        var _ = group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private CommandLoop loop() throws Exception {
        SingleThreadEventLoop thread = (SingleThreadEventLoop) group.next();
        return thread.submit(
                        () -> {
                            Keyspace keyspace = new Keyspace(new Slabs(new Pages()), 1);
                            Server server =
                                    new Server(
                                            keyspace,
                                            InstantSource.system(),
                                            new UnpooledByteBufAllocator(true));
                            CommandLoop made = new CommandLoop(thread, server.executor(), keyspace);
                            made.onFailure(failure::set);
                            return made;
                        })
                .get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** What a link to a primary does: it ends the wire of whose end it hears. */
    private final class Leaving implements Dialer.Listener {
        private Dialer.@Nullable Wire wire;

        @Override
        public void connected() {}

        @Override
        public void received(ByteBuf bytes) {
            bytes.release();
        }

        @Override
        public void closed(String why) {
            Dialer.Wire there = wire;
            if (there != null) {
                there.close();
            }
            ended.complete(why);
        }
    }

    @Test
    void aSocketThatCantBeMadeIsOnlyAConnectionThatFailed() throws Exception {
        CommandLoop loop = loop();
        SocketDialer dialer =
                new SocketDialer(
                        () -> {
                            throw new ChannelException("Too many open files");
                        },
                        loop,
                        () -> 1000,
                        () -> "");
        Leaving listener = new Leaving();
        loop.post(() -> listener.wire = dialer.dial("127.0.0.1", 1, listener));
        assertThat(ended.get(LIMIT_SECONDS, TimeUnit.SECONDS)).contains("Too many open files");
        // What happened in that turn has been told when the next one is over.
        CompletableFuture<String> next = new CompletableFuture<>();
        loop.post(() -> next.complete("turn"));
        assertThat(next.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isEqualTo("turn");
        assertThat(failure.get()).isNull();
    }
}
