package io.carnelian.replication.primary;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.client.Client;
import io.carnelian.server.connection.Pause;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a replica goes through until it is online, and what it must not say. */
class NewcomerTest {
    private final Node node = new Node(1);
    private final Client writer = node.connect();

    @AfterEach
    void close() {
        node.close();
        assertThat(node.liveSnapshots()).isZero();
    }

    private void until(BooleanSupplier holds) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            node.turns();
            Thread.onSpinWait();
        }
    }

    private boolean has(String part) {
        return node.info().contains(part);
    }

    private Client newcomer(String... capabilities) {
        Client replica = node.connect();
        for (String capability : capabilities) {
            node.run(replica, "REPLCONF", "capa", capability);
        }
        node.run(replica, "PSYNC", "?", "-1");
        return replica;
    }

    @Test
    void newcomersWaitForOthersIfADelayIsSet() {
        node.set("repl-diskless-sync-delay", "4");
        Client one = newcomer("eof", "psync2");
        assertThat(node.info()).contains("state=wait_bgsave", "sync=waiting");
        node.pass(2);
        assertThat(node.link(one).text()).endsWith("+OK\r\n\n\n");
        Client two = newcomer("eof", "psync2");
        assertThat(node.liveSnapshots()).isZero();
        node.pass(3);
        until(() -> node.liveSnapshots() == 0);
        assertThat(node.info()).doesNotContain("sync=waiting");
        assertThat(node.link(one).text()).contains("+FULLRESYNC");
        assertThat(node.link(two).text()).contains("+FULLRESYNC");
    }

    @Test
    void enoughNewcomersWaitNoLonger() {
        node.set("repl-diskless-sync-delay", "4");
        node.set("repl-diskless-sync-max-replicas", "2");
        newcomer("eof", "psync2");
        assertThat(has("sync=waiting")).isTrue();
        newcomer("eof", "psync2");
        assertThat(has("sync=waiting")).isFalse();
        until(() -> node.liveSnapshots() == 0);
    }

    @Test
    void whoIsSentALengthDoesNotWait() {
        node.set("repl-diskless-sync-delay", "4");
        newcomer();
        assertThat(has("sync=waiting")).isFalse();
        until(() -> node.liveSnapshots() == 0);
    }

    /** The second comes while the file is written: it gets the same one, and the same place. */
    @Test
    void whoeverWaitsForAFileSharesIt() {
        node.set("repl-diskless-sync", "no");
        node.run(writer, "set", "k", "1");
        Client one = newcomer("eof", "psync2");
        node.run(writer, "set", "k", "2");
        Client two = newcomer("eof");
        assertThat(node.liveSnapshots()).isEqualTo(1);
        assertThat(node.info()).contains("state=wait_bgsave", "sync=writing");
        until(() -> node.link(one).text().contains("$1\r\n2\r\n"));
        until(() -> node.link(two).text().contains("$1\r\n2\r\n"));
        String first = payloadAndStream(one);
        assertThat(payloadAndStream(two)).isEqualTo(first);
        int length = Integer.parseInt(first.substring(1, first.indexOf('\r')));
        String payload = first.substring(first.indexOf('\n') + 1).substring(0, length);
        assertThat(payload).startsWith("REDIS00").contains("k");
        assertThat(first.substring(first.indexOf('\n') + 1 + length))
                .startsWith("*2\r\n$6\r\nSELECT");
        assertThat(node.liveSnapshots()).isZero();
        newcomer("eof", "psync2");
        assertThat(node.liveSnapshots()).as("a new file for who comes later").isEqualTo(1);
        until(() -> node.liveSnapshots() == 0);
    }

    /** What was sent from the length on. */
    private String payloadAndStream(Client replica) {
        String text = node.link(replica).text();
        int fullResync = text.indexOf("+FULLRESYNC");
        assertThat(fullResync).isNotNegative();
        return text.substring(text.indexOf('\n', fullResync) + 1).stripLeading();
    }

    @Test
    void aFileThatNobodyWaitsForIsGivenUp() {
        node.set("repl-diskless-sync", "no");
        Client gone = newcomer("eof", "psync2");
        node.disconnect(gone);
        node.pass(1);
        until(() -> node.liveSnapshots() == 0);
        assertThat(node.info()).contains("connected_slaves:0");
    }

    @Test
    void aFileThatCannotBeWrittenEndsThoseWhoWaitForIt() throws Exception {
        node.set("repl-diskless-sync", "no");
        node.dir.parse(List.of("/proc"), false);
        Client replica = newcomer("eof", "psync2");
        until(() -> node.link(replica).isClosed());
        assertThat(node.liveSnapshots()).isZero();
    }

    @Test
    void aPayloadOfWhatWasDeletedBeginsAnew() {
        for (int i = 0; i < 3000; i++) {
            node.run(writer, "set", "k" + i, "v".repeat(1000));
        }
        Client replica = node.connect();
        node.run(replica, "REPLCONF", "capa", "eof");
        node.link(replica).window(1000);
        node.run(replica, "PSYNC", "?", "-1");
        node.replication.flushedAll();
        until(() -> node.liveSnapshots() == 0);
        assertThat(node.link(replica).isClosed()).isTrue();
    }

    @Test
    void whoFollowsMayNotAsk() {
        Client replica = newcomer("eof", "psync2");
        until(() -> node.liveSnapshots() == 0);
        int before = node.link(replica).receivedBytes();
        node.run(replica, "ping");
        assertThat(node.link(replica).isClosed()).isTrue();
        assertThat(node.link(replica).receivedBytes()).isEqualTo(before);
    }

    @Test
    void whoLoadsForLongIsHeardByItsEmptyLines() {
        Client replica = newcomer();
        until(() -> has("state=online"));
        for (int i = 0; i < 4; i++) {
            node.pass(40);
            node.link(replica).arrived++;
        }
        assertThat(node.link(replica).isClosed()).isFalse();
        node.pass(70);
        assertThat(node.link(replica).isClosed()).isTrue();
    }

    /** SYNC is older than acknowledgements; redis-cli --replica says it and nothing after. */
    @Test
    void whoCameWithSyncNeedNotSayAnythingMore() {
        Client old = node.connect();
        node.run(old, "SYNC");
        until(() -> has("state=online"));
        node.pass(200);
        assertThat(node.link(old).isClosed()).isFalse();
    }

    @Test
    void theStreamWaitsForTheEndOfAPause() {
        Node replica = new Node(2);
        Nodes nodes = new Nodes(node, replica);
        nodes.follow(replica, 1);
        replica.pause.begin(Pause.Purpose.COMMAND, Pause.Kind.WRITES, 3000);
        node.run(writer, "set", "k", "1");
        nodes.quiet();
        node.run(writer, "set", "k", "2");
        nodes.quiet();
        assertThat(replica.contents()).isEmpty();
        assertThat(Nodes.isUp(replica)).isTrue();
        replica.pass(4);
        nodes.quiet();
        assertThat(replica.contents()).isEqualTo(node.contents()).hasSize(1);
        assertThat(replica.position()).isEqualTo(node.position());
        nodes.close();
    }
}
