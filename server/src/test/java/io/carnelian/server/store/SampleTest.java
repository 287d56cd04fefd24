package io.carnelian.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.table.Record;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Random records with an expiry are drawn evenly, however many there are. */
class SampleTest {
    private final Pages pages = new Pages(1L << 30);
    private final Slabs slabs = new Slabs(pages);
    private final Keyspace keyspace = new Keyspace(slabs, 1);
    private final Database db = keyspace.db(0);
    private final long bytes = slabs.allocate(8);
    private final Key key = new Key();

    @AfterEach
    void close() {
        pages.close();
    }

    @Test
    void noneWhereNoneExpires() {
        fill(1000, 0);
        assertThat(db.sampleExpiring()).isZero();
    }

    @Test
    void theOnlyOneAmongMany() {
        fill(50_000, 0);
        add(1_000_000, 2_000_000_000_000L);
        for (int i = 0; i < 20; i++) {
            assertThat(Record.hasExpiry(db.sampleExpiring())).isTrue();
        }
    }

    @Test
    void evenlyWhereEveryThirdExpires() {
        fill(3000, 3);
        assertEven(1000, 100_000);
    }

    @Test
    void evenlyWhereOneInAHundredExpires() {
        fill(50_000, 100);
        assertEven(500, 100_000);
    }

    /** Chi-square, with a bound that a fair draw passes but for one run in some millions. */
    private void assertEven(int records, int draws) {
        Map<Long, Integer> drawn = new HashMap<>();
        for (int i = 0; i < draws; i++) {
            drawn.merge(db.sampleExpiring(), 1, Integer::sum);
        }
        double expected = (double) draws / records;
        double chi = 0;
        for (int n : drawn.values()) {
            chi += (n - expected) * (n - expected) / expected;
        }
        chi += (records - drawn.size()) * expected;
        assertThat(drawn).hasSize(records);
        assertThat(chi).isLessThan(records + 5.5 * Math.sqrt(2.0 * records));
    }

    /** Keys 0 to count - 1, every {@code each}-th with an expiry; 0: none. */
    private void fill(int count, int each) {
        for (int i = 0; i < count; i++) {
            add(i, each != 0 && i % each == 0 ? 2_000_000_000_000L : Record.NEVER);
        }
    }

    private void add(long number, long expireAtMs) {
        Memory.putLong(bytes, number);
        db.setString(key.set(bytes, 8), bytes, 8, expireAtMs);
    }
}
