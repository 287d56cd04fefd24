package io.carnelian.integration.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Random commands to this server and to a stock redis-server: every reply and the final keyspace
 * must be equal.
 *
 * <pre>
 *   -Dseed=N                       replays a run (the seed is logged and in every failure)
 *   -Ddifferential.commands=N      how many commands; 20,000 unless said
 *   -Ddifferential.differences=N   collect so many before failing; 1 unless said
 * </pre>
 */
class DifferentialIT {
    private static final Logger LOG = LoggerFactory.getLogger(DifferentialIT.class);
    private static final long SEED =
            Long.getLong("seed", Long.getLong("build.seed", System.nanoTime() & 0xffff_ffffL));
    private static final long COMMANDS = Long.getLong("differential.commands", 20_000);
    private static final int DIFFERENCES = Integer.getInteger("differential.differences", 1);

    @Test
    void everyReplyAndTheFinalKeyspaceAreEqual() throws IOException, InterruptedException {
        LOG.info("differential test: -Dseed={} -Ddifferential.commands={}", SEED, COMMANDS);
        try (ServerProcess redis = ServerProcess.redis("--appendonly", "no");
                ServerProcess subject = ServerProcess.subject();
                RespConnection expected = redis.connect();
                RespConnection actual = subject.connect()) {
            DifferentialRun run = new DifferentialRun(expected, actual, SEED, DIFFERENCES);
            List<String> differences = run.run(COMMANDS);
            assertThat(differences)
                    .as("differences from redis-server, -Dseed=%d: %s", SEED, subject.logTail())
                    .isEmpty();
        }
    }
}
