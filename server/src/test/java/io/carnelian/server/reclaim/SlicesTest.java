package io.carnelian.server.reclaim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Time is counted by hand: a unit of work takes 300 µs. */
class SlicesTest implements Slices.Work {
    private static final long UNIT_NANOS = 300_000;

    private long nanos = Long.MAX_VALUE - 1_000_000;
    private final Deque<Runnable> turns = new ArrayDeque<>();
    private final Slices slices = new Slices(() -> nanos, turns::add, this);
    private final List<String> heard = new ArrayList<>();
    private int units;

    @Override
    public boolean goOn(long endNanos) {
        while (units > 0) {
            units--;
            nanos += UNIT_NANOS;
            if (nanos - endNanos >= 0) {
                return units > 0;
            }
        }
        return false;
    }

    @Override
    public void took(long nanos) {
        heard.add(nanos / 1000 + " µs");
    }

    @Override
    public void ended(boolean spent) {
        heard.add(spent ? "spent" : "done");
    }

    private void turn() {
        Runnable task = turns.poll();
        if (task != null) {
            task.run();
        }
    }

    @Test
    void endWhenAllIsDone() {
        units = 6;
        slices.start(25_000_000);
        assertThat(heard).containsExactly("1200 µs");
        assertThat(slices.isRunning()).isTrue();
        turn();
        assertThat(heard).containsExactly("1200 µs", "600 µs", "done");
        assertThat(slices.isRunning()).isFalse();
        assertThat(turns).isEmpty();
    }

    @Test
    void endWhenTheBudgetIsSpent() {
        units = 100;
        slices.start(2_500_000);
        turn();
        turn();
        turn();
        assertThat(heard).containsExactly("1200 µs", "1200 µs", "300 µs", "spent");
        assertThat(turns).isEmpty();
    }

    @Test
    void aShortBudgetIsOneSlice() {
        units = 100;
        slices.start(500_000);
        assertThat(heard).containsExactly("600 µs", "spent");
        assertThat(turns).isEmpty();
    }

    @Test
    void aNewStartEndsTheOldOneAndStaysOneChain() {
        units = 100;
        slices.start(5_000_000);
        slices.start(1_500_000);
        assertThat(heard).containsExactly("1200 µs", "spent", "1200 µs");
        assertThat(turns).hasSize(1);
        turn();
        assertThat(heard).endsWith("300 µs", "spent");
        turn();
        assertThat(turns).isEmpty();
        units = 0;
        slices.start(1_500_000);
        assertThat(heard).endsWith("0 µs", "done");
    }
}
