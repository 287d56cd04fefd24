package io.carnelian.server.warmup;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Pages;
import org.junit.jupiter.api.Test;

class StoreWarmUpTest {
    @Test
    void leavesNothingBehind() {
        try (Pages pages = new Pages(1L << 30)) {
            StoreWarmUp.run(pages, 300);
            assertThat(pages.usedBytes()).isZero();
            StoreWarmUp.run(pages, 0);
            assertThat(pages.usedBytes()).isZero();
        }
    }
}
