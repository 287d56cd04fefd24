package io.carnelian.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class CpuSampleTest {
    private static final CpuSample BEFORE =
            new CpuSample(
                    Map.of(
                            "1", new CpuSample.ThreadTimes(100, 10),
                            "2", new CpuSample.ThreadTimes(50, 0),
                            "9", new CpuSample.ThreadTimes(999, 0)));
    private static final CpuSample AFTER =
            new CpuSample(
                    Map.of(
                            "1", new CpuSample.ThreadTimes(400, 17),
                            "2", new CpuSample.ThreadTimes(60, 500),
                            "3", new CpuSample.ThreadTimes(5, 0)));

    @Test
    void newThreadsCountWholeAndEndedOnesNotAtAll() {
        assertThat(AFTER.cpuNsSince(BEFORE)).isEqualTo(300 + 10 + 5);
    }

    @Test
    void delayIsThatOfTheThreadWithMostCpuTime() {
        assertThat(AFTER.delayNsOfBusiestSince(BEFORE)).isEqualTo(7);
        assertThat(AFTER.cpuNsOfBusiestSince(BEFORE)).isEqualTo(300);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void thisProcessHasUsedTheCpu() throws Exception {
        CpuSample none = new CpuSample(Map.of());
        assertThat(CpuSample.of(ProcessHandle.current().pid()).cpuNsSince(none)).isPositive();
    }
}
