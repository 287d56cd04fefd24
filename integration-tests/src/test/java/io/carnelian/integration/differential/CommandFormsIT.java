package io.carnelian.integration.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Commands that tell of connections, settings and the server, in every form that somebody may write
 * them, wrong ones above all: this server must answer as a stock redis-server does, byte for byte.
 * What is compared stands in the resources; random commands (DifferentialIT) seldom come here.
 */
class CommandFormsIT {
    private static final byte[] CLOSED = Bytes.of("the connection is closed");

    @ParameterizedTest
    @ValueSource(strings = {"connection-forms.txt", "server-forms.txt", "two-clients.txt"})
    void repliesAreThoseOfRedis(String resource) throws IOException, InterruptedException {
        String[] options = {"--enable-debug-command", "yes"};
        int compared = 0;
        try (ServerProcess redis = ServerProcess.redis(options);
                ServerProcess subject = ServerProcess.subject(options)) {
            List<String> differences = new ArrayList<>();
            for (CommandScript.Block block : CommandScript.read(resource)) {
                try (Party expected = new Party(redis);
                        Party actual = new Party(subject)) {
                    for (CommandScript.Step step : block.steps()) {
                        compare(block, step, expected.reply(step), actual.reply(step), differences);
                        compared++;
                    }
                }
            }
            assertThat(differences).as("of %d steps; %s", compared, subject.logTail()).isEmpty();
            assertThat(compared).isGreaterThan(50);
        }
    }

    private static void compare(
            CommandScript.Block block,
            CommandScript.Step step,
            byte[] expected,
            byte[] actual,
            List<String> differences) {
        boolean hello = !step.words().isEmpty() && step.words().get(0).equalsIgnoreCase("hello");
        Comparison comparison = hello ? Comparison.HELLO : Comparison.EXACT;
        boolean same =
                step.typeOnly() ? expected[0] == actual[0] : comparison.same(expected, actual);
        if (!same) {
            differences.add(
                    String.format(
                            "%n%s: %c %s%n  expected %s%n  actual   %s",
                            block.title(),
                            step.client(),
                            step.words(),
                            Bytes.quote(expected),
                            Bytes.quote(actual)));
        }
    }

    /** The clients of one server, which is emptied for them. */
    private static final class Party implements AutoCloseable {
        private final ServerProcess server;
        private final Map<Character, RespConnection> clients = new HashMap<>();
        private final Map<String, String> properties = new HashMap<>();

        Party(ServerProcess server) throws IOException {
            this.server = server;
            try (RespConnection first = server.connect()) {
                first.call("FLUSHALL");
            }
        }

        /** What the server answers; nothing if the step does not read. A closed client is lost. */
        byte[] reply(CommandScript.Step step) throws IOException {
            for (String word : step.words()) {
                if (word.startsWith("{")) {
                    var _ = client(word.charAt(1));
                }
            }
            RespConnection client = client(step.client());
            try {
                if (step.sends()) {
                    String[] words = step.words(properties).toArray(new String[0]);
                    client.send(RespConnection.encode(words));
                }
                return step.reads() ? client.readRaw() : new byte[1];
            } catch (EOFException | SocketException closed) {
                client.close();
                clients.remove(step.client());
                return CLOSED;
            }
        }

        private RespConnection client(char label) throws IOException {
            @Nullable RespConnection known = clients.get(label);
            if (known != null) {
                return known;
            }
            RespConnection client = server.connect();
            clients.put(label, client);
            for (String field : client.call("CLIENT", "INFO").text().strip().split(" ", -1)) {
                int equals = field.indexOf('=');
                if (equals > 0) {
                    String property = label + "." + field.substring(0, equals);
                    properties.put(property, field.substring(equals + 1));
                }
            }
            return client;
        }

        @Override
        public void close() throws IOException {
            for (RespConnection client : clients.values()) {
                client.close();
            }
        }
    }
}
