package io.carnelian.integration.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The redis.conf that the system's package brings: read as it is, and once more with every example
 * in its comments. Both servers then say the same of every parameter.
 */
class StockConfigIT {
    private static final Path STOCK = Path.of("/etc/redis/redis.conf");

    /** What is different by nature: sockets, files and numbers of the process. */
    private static final Set<String> OWN =
            Set.of("port", "dir", "logfile", "pidfile", "bind", "maxclients", "unixsocket");

    /** A directive as an example in a comment: a name, and words without a sentence's end. */
    private static final Pattern EXAMPLE =
            Pattern.compile("# ?([a-z][a-z0-9_-]+) (?:[^.,:;()<>\\[\\]?{}]+|[0-9. -]+|\"\")");

    @TempDir Path directory;

    @Test
    void theStockFileIsReadAsRedisReadsIt() throws IOException, InterruptedException {
        assumeTrue(Files.isReadable(STOCK), "a stock redis.conf");
        List<String> lines = Files.readAllLines(STOCK);
        compare(lines);
    }

    @Test
    void everyExampleInItIsReadAsRedisReadsIt() throws IOException, InterruptedException {
        assumeTrue(Files.isReadable(STOCK), "a stock redis.conf");
        Set<String> known = parametersOfRedis();
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(STOCK)) {
            Matcher example = EXAMPLE.matcher(line);
            boolean wanted = example.matches() && known.contains(example.group(1));
            lines.add(wanted && isHarmless(example.group(1)) ? line.replaceFirst("# ?", "") : line);
        }
        assertThat(lines).anyMatch(line -> line.startsWith("maxmemory-samples "));
        compare(lines);
    }

    /** Those that need peers, files or another machine, or that would need a password. */
    private static boolean isHarmless(String name) {
        // A sentence in the file begins with "timeout".
        return !name.equals("timeout")
                && !Set.of(
                                "replicaof",
                                "requirepass",
                                "unixsocket",
                                "aclfile",
                                "bind",
                                "port",
                                "dir")
                        .contains(name)
                && !name.startsWith("tls-")
                && !name.startsWith("cluster-")
                && !name.endsWith("cpulist")
                && !name.startsWith("syslog-");
    }

    private static Set<String> parametersOfRedis() throws IOException, InterruptedException {
        try (ServerProcess redis = ServerProcess.redis();
                RespConnection client = redis.connect()) {
            return parameters(client).keySet();
        }
    }

    private void compare(List<String> lines) throws IOException, InterruptedException {
        Path file = directory.resolve("subject.conf");
        try (ServerProcess redis = ServerProcess.redis(options("redis.conf", lines));
                ServerProcess subject = ServerProcess.subject(options("subject.conf", lines));
                RespConnection expected = redis.connect();
                RespConnection actual = subject.connect()) {
            Map<String, String> wanted = parameters(expected);
            Map<String, String> got = parameters(actual);
            got.keySet().retainAll(wanted.keySet());
            OWN.forEach(wanted::remove);
            OWN.forEach(got::remove);
            assertThat(got).isEqualTo(wanted);
            for (Map.Entry<String, String> each : wanted.entrySet()) {
                String[] set = {"CONFIG", "SET", each.getKey(), each.getValue()};
                assertThat(actual.call(set).text())
                        .as("CONFIG SET %s %s", each.getKey(), each.getValue())
                        .isEqualTo(expected.call(set).text());
            }
            Map<String, String> before = parameters(actual);
            assertThat(actual.call("CONFIG", "REWRITE").text()).isEqualTo("OK");
            assertThat(comments(Files.readAllLines(file))).containsSubsequence(comments(lines));
            subject.kill();
            subject.restart();
            try (RespConnection again = subject.connect()) {
                assertThat(parameters(again)).isEqualTo(before);
            }
        }
    }

    /** The file, and on the command line what this machine must not see of it. */
    private String[] options(String name, List<String> lines) throws IOException {
        Path file = directory.resolve(name);
        Files.write(file, lines);
        return new String[] {
            file.toString(),
            "--daemonize",
            "no",
            "--logfile",
            "",
            "--pidfile",
            "",
            "--supervised",
            "no"
        };
    }

    private static List<String> comments(List<String> lines) {
        return lines.stream().filter(line -> line.startsWith("#")).toList();
    }

    private static Map<String, String> parameters(RespConnection client) throws IOException {
        List<Reply> words = client.call("CONFIG", "GET", "*").elements();
        Map<String, String> all = new TreeMap<>();
        for (int i = 0; i < words.size(); i += 2) {
            all.put(words.get(i).text(), words.get(i + 1).text());
        }
        return all;
    }
}
