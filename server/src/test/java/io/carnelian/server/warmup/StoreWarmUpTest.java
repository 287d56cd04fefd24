package io.carnelian.server.warmup;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Pages;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StoreWarmUpTest {
    @Test
    void leavesNothingBehind() {
        try (Pages pages = new Pages(1L << 30)) {
            AtomicLong records = new AtomicLong();
            StoreWarmUp.Reader reader =
                    snapshot -> snapshot.walk(0, record -> records.incrementAndGet());
            int rounds = StoreWarmUp.run(pages, 30_000, reader);
            assertThat(rounds).isPositive();
            assertThat(records.get()).isEqualTo(rounds * 20_000L);
            assertThat(pages.usedBytes()).isZero();
            StoreWarmUp.run(pages, 0, reader);
            assertThat(pages.usedBytes()).isZero();
        }
    }
}
