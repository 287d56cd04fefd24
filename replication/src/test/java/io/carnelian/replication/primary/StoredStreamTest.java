package io.carnelian.replication.primary;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.replication.LocalStore;
import io.carnelian.server.client.Client;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A server whose stream goes to a disk: how far it is there is said by the test. */
class StoredStreamTest {
    private final Node node = new Node(3);
    private final Client writer = node.connect();
    private boolean on = true;
    private long stored;
    private long released = Long.MAX_VALUE;

    StoredStreamTest() {
        node.replication.store(
                new LocalStore() {
                    @Override
                    public boolean isOn() {
                        return on;
                    }

                    @Override
                    public long storedOffset() {
                        return stored;
                    }
                });
        node.replication.releasedBy(() -> released);
    }

    @AfterEach
    void close() {
        node.close();
    }

    private Client attached() {
        Client replica = node.connect();
        node.run(replica, "REPLCONF", "capa", "eof", "capa", "psync2");
        node.run(replica, "PSYNC", "?", "-1");
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (node.liveSnapshots() > 0) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            node.turns();
        }
        node.run(replica, "REPLCONF", "ACK", Long.toString(node.position()));
        node.turns();
        return replica;
    }

    private String heard(Client client, Runnable action) {
        int before = node.link(client).receivedBytes();
        action.run();
        node.turns();
        return node.link(client).text().substring(before);
    }

    @Test
    void waitaofWaitsForThisDiskAndForThoseOfReplicas() {
        Client replica = attached();
        node.run(writer, "set", "a", "1");
        long written = node.position();
        assertThat(node.ask(writer, "WAITAOF", "0", "0", "0")).isEqualTo("*2\r\n:0\r\n:0\r\n");
        assertThat(node.ask(writer, "WAITAOF", "1", "1", "0")).isEmpty();
        stored = written;
        node.replication.releasedMore();
        assertThat(writer.waiting).isTrue();
        node.run(replica, "REPLCONF", "ACK", Long.toString(written), "FACK", "3");
        assertThat(writer.waiting).isTrue();
        assertThat(
                        heard(
                                writer,
                                () ->
                                        node.run(
                                                replica,
                                                "REPLCONF",
                                                "ACK",
                                                Long.toString(written),
                                                "FACK",
                                                Long.toString(written))))
                .isEqualTo("*2\r\n:1\r\n:1\r\n");
        assertThat(writer.waiting).isFalse();
    }

    @Test
    void waitaofTellsWhoHasItWhenItsTimeIsOver() {
        attached();
        node.run(writer, "set", "a", "1");
        stored = node.position();
        assertThat(node.ask(writer, "WAITAOF", "1", "2", "1500")).isEmpty();
        assertThat(heard(writer, () -> node.pass(2))).isEqualTo("*2\r\n:1\r\n:0\r\n");
    }

    /** CONFIG SET appendonly no. */
    @Test
    void waitaofDoesNotWaitForAFileThatIsGivenUp() {
        attached();
        node.run(writer, "set", "a", "1");
        assertThat(node.ask(writer, "WAITAOF", "1", "0", "0")).isEmpty();
        on = false;
        stored = -1;
        assertThat(heard(writer, node.replication::releasedMore))
                .isEqualTo(
                        "-ERR WAITAOF cannot be used when numlocal is set but appendonly is"
                                + " disabled.\r\n");
        assertThat(writer.waiting).isFalse();
    }

    @Test
    void waitaofRefusesWhatCanNeverBe() {
        on = false;
        assertThat(node.ask(writer, "WAITAOF", "1", "0", "0"))
                .isEqualTo(
                        "-ERR WAITAOF cannot be used when numlocal is set but appendonly is"
                                + " disabled.\r\n");
        assertThat(node.ask(writer, "WAITAOF", "2", "0", "0"))
                .isEqualTo("-ERR value is out of range, value must between 0 and 1\r\n");
        assertThat(node.ask(writer, "WAITAOF", "0", "-1", "0"))
                .isEqualTo("-ERR value is out of range, must be positive\r\n");
        assertThat(node.ask(writer, "WAITAOF", "0", "0", "-1"))
                .isEqualTo("-ERR timeout is negative\r\n");
    }

    /** A replica that knew more than the disk would be ahead of this server after a crash. */
    @Test
    void replicasReadTheStreamAsFarAsItIsReleased() {
        Client replica = attached();
        released = node.position();
        assertThat(heard(replica, () -> node.run(writer, "set", "a", "1"))).isEmpty();
        released = node.position() - 1;
        String most = heard(replica, node.replication::releasedMore);
        assertThat(most).endsWith("$1\r\n1\r");
        released = node.position();
        assertThat(heard(replica, node.replication::releasedMore)).isEqualTo("\n");
    }
}
