package io.carnelian.integration.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Random elements in HyperLogLogs on this server and on a stock redis-server: every reply, and
 * every byte of the values, must be equal, in both forms and where one becomes the other. {@code
 * -Dseed=N} replays a run, {@code -Dhyperloglog.commands=N} makes it longer.
 */
class HyperLogLogIT {
    private static final Logger LOG = LoggerFactory.getLogger(HyperLogLogIT.class);
    private static final long SEED =
            Long.getLong("seed", Long.getLong("build.seed", System.nanoTime() & 0xffff_ffffL));
    private static final long COMMANDS = Long.getLong("hyperloglog.commands", 2_000);
    private static final int KEYS = 5;

    private final SplittableRandom random = new SplittableRandom(SEED);

    @Test
    void everyByteIsEqual() throws IOException, InterruptedException {
        LOG.info("hyperloglog test: -Dseed={} -Dhyperloglog.commands={}", SEED, COMMANDS);
        try (ServerProcess redis = ServerProcess.redis();
                ServerProcess subject = ServerProcess.subject();
                RespConnection expected = redis.connect();
                RespConnection actual = subject.connect()) {
            for (long i = 0; i < COMMANDS; i++) {
                if (i % 200 == 0) {
                    both(expected, actual, List.of("FLUSHALL"));
                    String limit = Integer.toString(random.nextInt(16, 4000));
                    both(expected, actual, List.of("CONFIG", "SET", "hll-sparse-max-bytes", limit));
                }
                List<String> command = command();
                both(expected, actual, command);
                both(expected, actual, List.of("GET", command.get(1)));
            }
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        switch (random.nextInt(10)) {
            case 0 -> command.addAll(List.of("PFCOUNT", key()));
            case 1 -> command.addAll(List.of("PFCOUNT", key(), key(), key()));
            case 2 -> command.addAll(List.of("PFMERGE", key(), key(), key()));
            case 3 -> command.addAll(List.of("DEL", key()));
            default -> {
                command.addAll(List.of("PFADD", key()));
                int range = random.nextInt(1, 5) * random.nextInt(1, 5000);
                for (int n = random.nextInt(random.nextInt(1, 300)); n > 0; n--) {
                    command.add(Integer.toString(random.nextInt(range)));
                }
            }
        }
        return command;
    }

    private String key() {
        return "h" + random.nextInt(KEYS);
    }

    private static void both(RespConnection expected, RespConnection actual, List<String> command)
            throws IOException {
        byte[] bytes = RespConnection.encode(command.toArray(new String[0]));
        expected.send(bytes);
        actual.send(bytes);
        assertThat(Bytes.quote(actual.readRaw()))
                .as("%s, -Dseed=%d", String.join(" ", command), SEED)
                .isEqualTo(Bytes.quote(expected.readRaw()));
    }
}
