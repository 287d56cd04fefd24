package io.carnelian.integration.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Monitoring agents find in INFO every section and field that redis-server has. */
class InfoIT {
    /** The compiler of a program in C. */
    private static final Set<String> NOT_OURS = Set.of("gcc_version");

    @Test
    void everySectionAndFieldOfRedisIsThere() throws IOException, InterruptedException {
        try (ServerProcess redis = ServerProcess.redis();
                ServerProcess subject = ServerProcess.subject();
                RespConnection expected = redis.connect();
                RespConnection actual = subject.connect()) {
            for (RespConnection each : List.of(expected, actual)) {
                each.call("SET", "k", "v");
                each.call("NOSUCHCOMMAND");
            }
            for (String wanted : List.of("everything", "all", "default", "cpu", "commandstats")) {
                List<String> fields = names(actual, wanted);
                assertThat(names(expected, wanted))
                        .as("INFO %s", wanted)
                        .allMatch(name -> NOT_OURS.contains(name) || fields.contains(name));
            }
        }
    }

    /** Section titles, and names of fields without what depends on the commands before. */
    private static List<String> names(RespConnection connection, String wanted) throws IOException {
        List<String> names = new ArrayList<>();
        for (String line : connection.call("INFO", wanted).text().lines().toList()) {
            int colon = line.indexOf(':');
            names.add(colon < 0 ? line : line.substring(0, colon));
        }
        names.removeIf(name -> name.isEmpty());
        return names;
    }
}
