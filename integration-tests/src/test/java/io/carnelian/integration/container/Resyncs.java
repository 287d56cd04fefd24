package io.carnelian.integration.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.RespConnection;
import java.io.IOException;

/**
 * How a primary has served its replicas since its start.
 *
 * @param full with all its data
 * @param partial from where they were
 * @param refused those of {@code full} that had asked to go on
 */
record Resyncs(long full, long partial, long refused) {
    static Resyncs of(Node primary) throws IOException {
        try (RespConnection connection = primary.connect()) {
            return new Resyncs(
                    connection.infoLong("stats", "sync_full"),
                    connection.infoLong("stats", "sync_partial_ok"),
                    connection.infoLong("stats", "sync_partial_err"));
        }
    }

    /** What has come since then, with the same primary running. */
    Resyncs since(Resyncs before) {
        return new Resyncs(full - before.full, partial - before.partial, refused - before.refused);
    }

    /** At least so many replicas went on, and none took all data again. */
    void assertOnlyPartial(int atLeast) {
        assertThat(full).as("%s", this).isZero();
        assertThat(refused).as("%s", this).isZero();
        assertThat(partial).as("%s", this).isGreaterThanOrEqualTo(atLeast);
    }

    void assertNone() {
        assertThat(this).isEqualTo(new Resyncs(0, 0, 0));
    }
}
