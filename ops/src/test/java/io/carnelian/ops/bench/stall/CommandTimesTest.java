package io.carnelian.ops.bench.stall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class CommandTimesTest {
    @Test
    void readsThePercentilesOfACommand() {
        String field = "p99.9=4.015,p100=12.031";

        assertEquals(4.015, CommandTimes.micros(field, "p99.9="));
        assertEquals(12.031, CommandTimes.micros(field, "p100="));
        assertThrows(
                IllegalArgumentException.class, () -> CommandTimes.micros("p50=1.003", "p100="));
    }
}
