package io.carnelian.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CommandLoopTest {
    /** The event loop itself would log it, and the replies of that turn would never go out. */
    @Test
    void tellsOfAFailureAtTheEndOfATurn() throws Exception {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        IllegalStateException cause = new IllegalStateException("out of step");
        try (TestLoop thread = new TestLoop()) {
            CommandLoop loop = thread.start(failure::complete);
            loop.post(() ->
                    loop.atTurnEnd(() -> {
                        throw cause;
                    }));
            assertThat(failure.get(TestLoop.LIMIT_SECONDS, TimeUnit.SECONDS)).isSameAs(cause);
        }
    }
}
