package io.carnelian.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.Server;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CommandLoopTest {
    private static final long LIMIT_SECONDS = 30;

    private final MultiThreadIoEventLoopGroup group = Network.newCommandGroup(Transport.NIO);

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
                            return new CommandLoop(thread, server.executor(), keyspace);
                        })
                .get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** The event loop itself would log it, and the replies of that turn would never go out. */
    @Test
    void tellsOfAFailureAtTheEndOfATurn() throws Exception {
        CommandLoop loop = loop();
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        IllegalStateException cause = new IllegalStateException("out of step");
        loop.post(() -> {
            loop.onFailure(failure::complete);
            loop.atTurnEnd(() -> {
                throw cause;
            });
        });
        assertThat(failure.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isSameAs(cause);
    }
}
