package io.carnelian.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SocketDialerTest {
    private static final long LIMIT_SECONDS = TestLoop.LIMIT_SECONDS;

    private final TestLoop thread = new TestLoop();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();

    @AfterEach
    void end() {
        thread.close();
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
        CommandLoop loop = thread.start(failure::set);
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
