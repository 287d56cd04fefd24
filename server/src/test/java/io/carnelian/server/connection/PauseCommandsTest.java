package io.carnelian.server.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.admin.AdminFixture;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PauseCommandsTest {
    @RegisterExtension final AdminFixture server = new AdminFixture();

    private final Client writer = server.connect("10.0.0.1:7");

    @Test
    void writesWaitAndReadsGoOn() {
        assertThat(server.run("CLIENT", "PAUSE", "1000", "WRITE")).isEqualTo("+OK|");
        assertThat(server.runAs(writer, "SET", "k", "v")).isEmpty();
        assertThat(server.runAs(writer, "GET", "k")).as("waits behind the SET").isEmpty();
        assertThat(server.run("GET", "k")).isEqualTo("$-1|");
        assertThat(server.run("CLIENT", "LIST")).contains(" flags=b ");
        assertThat(server.blocked.size()).isEqualTo(1);
        server.advance(999);
        assertThat(server.output(writer)).isEmpty();
        server.advance(1);
        assertThat(server.output(writer)).isEqualTo("+OK|$1|v|");
        assertThat(server.blocked.size()).isZero();
        assertThat(server.runAs(writer, "SET", "k", "w")).isEqualTo("+OK|");
    }

    @Test
    void wrongWordsAreAnsweredAtOnce() {
        server.run("CLIENT", "PAUSE", "1000", "WRITE");
        assertThat(server.run("SET", "k"))
                .isEqualTo("-ERR wrong number of arguments for 'set' command|");
    }

    @Test
    void pauseAllHoldsTheOperatorToo() {
        assertThat(server.run("CLIENT", "PAUSE", "500")).isEqualTo("+OK|");
        assertThat(server.run("CLIENT", "UNPAUSE")).isEmpty();
        assertThat(server.runAs(writer, "PING")).isEmpty();
        server.advance(500);
        assertThat(server.output(server.client)).isEqualTo("+OK|");
        assertThat(server.output(writer)).isEqualTo("+PONG|");
    }

    @Test
    void aSecondPauseNeverMakesTheFirstMilder() {
        server.run("CLIENT", "PAUSE", "1000", "WRITE");
        server.run("CLIENT", "PAUSE", "10", "WRITE");
        server.advance(10);
        assertThat(server.runAs(writer, "SET", "k", "v")).isEmpty();
        assertThat(server.run("CLIENT", "UNPAUSE")).isEqualTo("+OK|");
        assertThat(server.output(writer)).isEqualTo("+OK|");
    }

    @Test
    void pausesOfOtherPurposesStayApart() {
        server.pause.begin(Pause.Purpose.FAILOVER, Pause.Kind.WRITES, 1000);
        server.run("CLIENT", "PAUSE", "100", "WRITE");
        server.run("CLIENT", "UNPAUSE");
        assertThat(server.runAs(writer, "SET", "k", "v")).isEmpty();
        server.pause.end(Pause.Purpose.FAILOVER);
        server.advance(0);
        assertThat(server.output(writer)).isEqualTo("+OK|");
    }

    @Test
    void nothingExpiresWhilePaused() {
        server.run("SET", "k", "v", "PX", "50");
        server.run("CLIENT", "PAUSE", "1000", "WRITE");
        server.advance(60);
        assertThat(server.run("GET", "k")).isEqualTo("$-1|");
        assertThat(server.run("INFO", "stats")).contains("expired_keys:0");
        server.run("CLIENT", "UNPAUSE");
        assertThat(server.run("GET", "k")).isEqualTo("$-1|");
        assertThat(server.run("INFO", "stats")).contains("expired_keys:1");
    }

    @Test
    void aClientThatGoesIsForgotten() {
        server.run("CLIENT", "PAUSE", "1000", "WRITE");
        server.runAs(writer, "SET", "k", "v");
        server.blocked.forget(writer);
        assertThat(server.blocked.size()).isZero();
        assertThat(server.run("CLIENT", "UNPAUSE")).isEqualTo("+OK|");
        assertThat(server.output(writer)).isEmpty();
        var kept = writer.takePostponed();
        assertThat(kept).isNotNull();
        if (kept != null) {
            kept.free();
        }
    }

    @Test
    void anEndBeyondTheClockIsNoPause() {
        assertThat(server.run("CLIENT", "PAUSE", "9223372036854775807")).isEqualTo("+OK|");
        assertThat(server.pause.isActive()).isFalse();
        assertThat(server.run("PING")).isEqualTo("+PONG|");
    }

    @Test
    void argumentsArePickedApartAsRedisDoes() {
        assertThat(server.run("CLIENT", "PAUSE", "x"))
                .isEqualTo("-ERR timeout is not an integer or out of range|");
        assertThat(server.run("CLIENT", "PAUSE", "-1")).isEqualTo("-ERR timeout is negative|");
        assertThat(server.run("CLIENT", "PAUSE", "9223372036854775808"))
                .isEqualTo("-ERR timeout is not an integer or out of range|");
        assertThat(server.run("CLIENT", "PAUSE", "1", "FOO"))
                .isEqualTo("-ERR CLIENT PAUSE mode must be WRITE or ALL|");
        assertThat(server.run("CLIENT", "UNBLOCK", "x"))
                .isEqualTo("-ERR value is not an integer or out of range|");
        assertThat(server.run("CLIENT", "UNBLOCK", "99")).isEqualTo(":0|");
        assertThat(server.run("CLIENT", "UNBLOCK", "99", "FOO"))
                .isEqualTo("-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR|");
    }

    /** Waits for nothing; says when its time is over, and notes who left. */
    private static final class Nothing implements BlockedClients.Wait {
        final List<Client> left = new ArrayList<>();

        @Override
        public void timedOut(Client client, Reply reply) {
            reply.nullArray();
        }

        @Override
        public void left(Client client) {
            left.add(client);
        }
    }

    @Test
    void waitsEndInTheOrderOfTheirDeadlines() {
        Nothing wait = new Nothing();
        Client other = server.connect("10.0.0.2:7");
        server.blocked.block(writer, 100, wait);
        server.blocked.block(other, 50, wait);
        assertThat(server.blocked.withDeadline()).isEqualTo(2);
        assertThat(server.runAs(other, "PING")).isEmpty();
        server.advance(50);
        assertThat(server.output(other)).isEqualTo("*-1|+PONG|");
        server.advance(50);
        assertThat(server.output(writer)).isEqualTo("*-1|");
        assertThat(wait.left).containsExactly(other, writer);
        assertThat(server.runAs(writer, "PING")).isEqualTo("+PONG|");
    }

    @Test
    void unblockEndsAWaitWithItsTimeoutOrAnError() {
        Nothing wait = new Nothing();
        server.blocked.block(writer, 0, wait);
        assertThat(server.blocked.withDeadline()).isZero();
        String id = Long.toString(writer.id());
        assertThat(server.run("CLIENT", "UNBLOCK", id)).isEqualTo(":1|");
        assertThat(server.output(writer)).isEqualTo("*-1|");
        assertThat(server.run("CLIENT", "UNBLOCK", id)).isEqualTo(":0|");
        server.blocked.block(writer, 1000, wait);
        assertThat(server.run("CLIENT", "UNBLOCK", id, "error")).isEqualTo(":1|");
        assertThat(server.output(writer))
                .isEqualTo("-UNBLOCKED client unblocked via CLIENT UNBLOCK|");
        assertThat(server.blocked.size()).isZero();
        server.run("CLIENT", "PAUSE", "100", "WRITE");
        server.runAs(writer, "SET", "k", "v");
        assertThat(server.run("CLIENT", "UNBLOCK", id)).as("a pause can't be cut").isEqualTo(":0|");
        server.advance(100);
        assertThat(server.output(writer)).isEqualTo("+OK|");
    }
}
