package io.carnelian.server.info;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class InfoTest {
    private final Info info = new Info();

    private String text(String... wanted) {
        return info.text(List.of(wanted));
    }

    @Test
    void sectionsStandInRedissOrderWithABlankLineBetween() {
        info.write("Keyspace", to -> to.put("db0", "keys=1"));
        info.write("clients", to -> to.put("connected_clients", 2));
        assertThat(text("keyspace", "CLIENTS", "clients", "foo"))
                .isEqualTo("# Clients\r\nconnected_clients:2\r\n\r\n# Keyspace\r\ndb0:keys=1\r\n");
        assertThat(text("foo")).isEmpty();
        assertThat(text("modules")).isEqualTo("# Modules\r\n");
    }

    @Test
    void defaultLeavesOutTheLongOnes() {
        assertThat(text()).doesNotContain("Commandstats", "Latencystats").contains("# Errorstats");
        assertThat(text("default")).isEqualTo(text());
        assertThat(text("all")).contains("# Commandstats", "# Latencystats");
        assertThat(text("everything")).isEqualTo(text("all"));
        assertThat(text("default", "commandstats")).contains("# Commandstats", "# Server");
    }

    @Test
    void laterWritersOverrideInPlace() {
        info.write("Replication", to -> to.put("role", "master").put("connected_slaves", 0));
        info.write("Replication", to -> to.put("role", "slave").put("master_host", "h"));
        assertThat(text("replication"))
                .isEqualTo(
                        "# Replication\r\nrole:slave\r\nconnected_slaves:0\r\nmaster_host:h\r\n");
        assertThatThrownBy(() -> info.write("Nothing", to -> {})).hasMessageContaining("Nothing");
    }

    @Test
    void resetRunsWhatIsRegistered() {
        int[] calls = new int[1];
        info.onReset(() -> calls[0]++);
        info.resetStatistics();
        assertThat(calls[0]).isEqualTo(1);
    }

    @Test
    void numbersAreWrittenAsByC() {
        assertThat(Fields.fixed(12.345678, 2)).isEqualTo("12.35");
        assertThat(Fields.fixed(0.004, 2)).isEqualTo("0.00");
        assertThat(Fields.fixed(-0.004, 2)).isEqualTo("0.00");
        assertThat(Fields.fixed(-1.5, 2)).isEqualTo("-1.50");
        assertThat(Fields.fixed(0.045841, 6)).isEqualTo("0.045841");
        assertThat(Fields.human(0)).isEqualTo("0B");
        assertThat(Fields.human(1023)).isEqualTo("1023B");
        assertThat(Fields.human(965_808)).isEqualTo("943.17K");
        assertThat(Fields.human(25_276_502_016L)).isEqualTo("23.54G");
        assertThat(Fields.human(Long.MAX_VALUE)).isEqualTo("8192.00P");
    }

    @Test
    void aRateIsTheMeanOfItsSamples() {
        long[] counter = new long[1];
        Rate rate = new Rate(() -> counter[0]);
        rate.sample(1000);
        assertThat(rate.perSecond()).isZero();
        for (int i = 1; i <= 16; i++) {
            counter[0] += 50;
            rate.sample(1000 + 100 * i);
        }
        assertThat(rate.perSecond()).isEqualTo(500);
        counter[0] = 0;
        rate.sample(3000);
        assertThat(rate.perSecond())
                .as("a reset counter counts as no growth")
                .isLessThan(500)
                .isPositive();
    }

    @Test
    void idsAreFortyHexDigits() {
        assertThat(Identity.randomId()).matches("[0-9a-f]{40}").isNotEqualTo(Identity.randomId());
    }

    @Test
    void linuxTellsOfTheProcess() {
        assertThat(ProcFiles.residentBytes()).isGreaterThan(1 << 20);
        assertThat(ProcFiles.machineBytes()).isGreaterThan(ProcFiles.residentBytes());
        assertThat(ProcFiles.ofProcess().user()).isPositive();
        assertThat(ProcFiles.ofThisThread().user()).isGreaterThanOrEqualTo(0);
    }

    @Test
    void collectionsAreCounted() {
        GcPauses pauses = new GcPauses();
        Info own = new Info();
        own.write("Memory", pauses::write);
        assertThat(own.text(List.of("memory")))
                .containsPattern(
                        "gc_count:\\d+\r\ngc_pause_total_ms:\\d+\r\ngc_pause_max_ms:\\d+\r\n");
        pauses.reset();
    }
}
