package io.carnelian.server.net;

import io.carnelian.server.Server;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A command thread of its own, with an empty server and no listener. */
final class TestLoop implements AutoCloseable {
    static final long LIMIT_SECONDS = 30;

    private final MultiThreadIoEventLoopGroup group;
    private @Nullable Server started;

    TestLoop() {
        this(Transport.NIO);
    }

    TestLoop(Transport transport) {
        group = Network.newCommandGroup(transport);
    }

    /** Starts it; {@code failure} hears of what must not happen. */
    CommandLoop start(Consumer<Throwable> failure) throws Exception {
        SingleThreadEventLoop thread = (SingleThreadEventLoop) group.next();
        return thread.submit(
                        () -> {
                            Keyspace keyspace = new Keyspace(new Slabs(new Pages()), 1);
                            Server server =
                                    new Server(
                                            keyspace,
                                            InstantSource.system(),
                                            new UnpooledByteBufAllocator(true));
                            started = server;
                            CommandLoop made = new CommandLoop(thread, server.executor(), keyspace);
                            made.onFailure(failure);
                            return made;
                        })
                .get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** The server that runs on it; on its thread, but for what is safe everywhere. */
    Server server() {
        return Objects.requireNonNull(started);
    }

    @Override
    public void close() {
        var _ = group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
}
