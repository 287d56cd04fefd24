package io.carnelian.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LedgerTest {
    @Test
    void aLedgerKnowsWhatWasAcknowledged() {
        Ledger ledger = new Ledger("r1:0:");
        int first = ledger.take();
        int second = ledger.take();
        ledger.acknowledge(second);
        assertThat(ledger.key(first)).isEqualTo("r1:0:0");
        assertThat(ledger.attempted()).isEqualTo(2);
        assertThat(ledger.acknowledged().stream()).containsExactly(1);
    }

    @Test
    void countersOfANewLifeBeganWithNothing() {
        Map<String, Long> before = Map.of("node-1/1", 5L, "node-2/1", 7L);
        Map<String, Long> after = Map.of("node-1/2", 2L, "node-2/1", 8L);
        assertThat(Group.growth(before, after)).isEqualTo(3);
    }
}
