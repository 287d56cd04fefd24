package io.carnelian.integration.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Random commands to this server and to a stock redis-server, with a subscriber to every keyspace
 * event on both: the events of each command must be the same, in the same order.
 *
 * <p>Expired keys are left out: when they are noticed is each server's own affair. {@code -Dseed=N}
 * replays a run, {@code -Ddifferential.commands=N} makes it longer.
 */
class KeyspaceEventsIT {
    private static final Logger LOG = LoggerFactory.getLogger(KeyspaceEventsIT.class);
    private static final long SEED =
            Long.getLong("seed", Long.getLong("build.seed", System.nanoTime() & 0xffff_ffffL));
    private static final long COMMANDS = Long.getLong("differential.commands", 5_000);
    private static final String MARK = "a mark between two commands";

    @Test
    void theEventsOfEveryCommandAreEqual() throws IOException, InterruptedException {
        LOG.info("keyspace events: -Dseed={} -Ddifferential.commands={}", SEED, COMMANDS);
        try (ServerProcess redis = ServerProcess.redis();
                ServerProcess subject = ServerProcess.subject();
                Node expected = new Node(redis);
                Node actual = new Node(subject)) {
            CommandGenerator generator = new CommandGenerator(SEED);
            long events = 0;
            for (long i = 0; i < COMMANDS; i++) {
                CommandGenerator.Command command = generator.next();
                if (command.comparison() == Comparison.SCAN
                        || command.comparison() == Comparison.RANDOM_KEY) {
                    continue;
                }
                List<String> wanted = expected.eventsOf(command);
                assertThat(actual.eventsOf(command))
                        .as("events of command %d, %s, -Dseed=%d", i, command, SEED)
                        .isEqualTo(wanted);
                events += wanted.size();
            }
            assertThat(events).as("events heard").isGreaterThan(COMMANDS / 10);
        }
    }

    /** In RESP3 a client may hear of what it does itself: not in the middle of the reply to it. */
    @Test
    void pushesToTheCallerComeAfterItsReply() throws IOException, InterruptedException {
        try (ServerProcess subject = ServerProcess.subject();
                RespConnection client = subject.connect()) {
            client.call("HELLO", "3");
            client.call("CONFIG", "SET", "notify-keyspace-events", "Em");
            client.call("SUBSCRIBE", "__keyevent@0__:keymiss");
            assertThat(client.call("MGET", "a", "b").type()).isEqualTo('*');
            assertThat(client.readReply().elements().get(2).text()).isEqualTo("a");
            assertThat(client.readReply().elements().get(2).text()).isEqualTo("b");
            assertThat(client.call("PING").text()).isEqualTo("PONG");
        }
    }

    /** A server with one client that commands and one that listens. */
    private record Node(RespConnection client, RespConnection marker, RespConnection listener)
            implements AutoCloseable {
        Node(ServerProcess process) throws IOException {
            this(process.connect(), process.connect(), process.connect());
            marker.call("CONFIG", "SET", "notify-keyspace-events", "KEg$lshzetdmn");
            listener.call("PSUBSCRIBE", "*");
        }

        List<String> eventsOf(CommandGenerator.Command command) throws IOException {
            client.send(command.encoded());
            client.readRaw();
            marker.call("PUBLISH", MARK, "");
            List<String> events = new ArrayList<>();
            while (true) {
                Reply event = listener.readReply();
                String channel = event.elements().get(2).text();
                if (channel.equals(MARK)) {
                    return events;
                }
                events.add(channel + " " + event.elements().get(3).text());
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            marker.close();
            listener.close();
        }
    }
}
