package io.carnelian.replication.primary;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.client.Client;
import io.carnelian.server.settings.OutputLimits;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrimaryTest {
    private final Node node = new Node(1);
    private final Client writer = node.connect();

    @AfterEach
    void close() {
        node.close();
        assertThat(node.liveSnapshots()).isZero();
    }

    /** A replica that has shaken hands. */
    private Client replica(String... capabilities) {
        Client replica = node.connect();
        assertThat(node.ask(replica, "REPLCONF", "listening-port", "6380")).isEqualTo("+OK\r\n");
        for (String capability : capabilities) {
            assertThat(node.ask(replica, "REPLCONF", "capa", capability)).isEqualTo("+OK\r\n");
        }
        return replica;
    }

    /** Turns go by until something holds; a second of real time is a failure. */
    private void until(BooleanSupplier holds) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            node.turns();
            Thread.onSpinWait();
        }
    }

    private boolean infoHas(String part) {
        return node.info().contains(part);
    }

    private byte[] since(Client client, int bytes) {
        byte[] all = node.link(client).received();
        return Arrays.copyOfRange(all, bytes, all.length);
    }

    /** Attaches with a full resync, and acknowledges it. */
    private Client attached() {
        Client replica = replica("eof", "psync2");
        node.run(replica, "PSYNC", "?", "-1");
        until(() -> node.liveSnapshots() == 0);
        node.run(replica, "REPLCONF", "ACK", Long.toString(node.position()));
        node.turns();
        return replica;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFullResyncIsTheKeyspaceAtTheCutAndThenTheStream(boolean marked) throws IOException {
        for (int seed = 0; seed < 3; seed++) {
            Random random = new Random(seed);
            for (int i = 0; i < 3000; i++) {
                write(random);
            }
            Client replica = marked ? replica("eof", "psync2") : replica();
            int before = node.link(replica).receivedBytes();
            node.link(replica).window(20_000);
            node.run(replica, "PSYNC", "?", "-1");
            long position = node.position();
            for (int i = 0; i < 500; i++) {
                write(random);
            }
            assertThat(node.liveSnapshots()).isEqualTo(1);
            node.link(replica).window(Long.MAX_VALUE);
            while (node.liveSnapshots() > 0) {
                write(random);
                node.turns();
            }
            if (marked) {
                int sent = node.link(replica).receivedBytes();
                write(random);
                assertThat(node.link(replica).receivedBytes()).isEqualTo(sent);
                node.run(replica, "REPLCONF", "ACK", Long.toString(position));
            }
            until(() -> infoHas("state=online"));
            for (int i = 0; i < 500; i++) {
                write(random);
                node.turns();
            }
            Follower follower = new Follower(since(replica, before)).readAll();
            assertThat(follower.data()).as("seed %d", seed).isEqualTo(node.contents());
            assertThat(follower.position()).isEqualTo(node.position());
            node.disconnect(replica);
        }
    }

    private void write(Random random) {
        String key = "key:" + random.nextInt(2000);
        switch (random.nextInt(10)) {
            case 0 -> node.run(writer, "del", key);
            case 1 -> node.run(writer, "setat", key, "v" + random.nextInt(), "4102444800000");
            case 2 -> node.run(writer, "set", key, Integer.toString(random.nextInt()));
            case 3 -> node.run(writer, "set", key, "x".repeat(random.nextInt(3000)));
            case 4 -> node.run(writer, "select", Integer.toString(random.nextInt(3)));
            default -> node.run(writer, "set", key, "value" + random.nextInt(100));
        }
    }

    /** The backlog gets what is written at the end of the turn; the offset has it before. */
    @Test
    void whoAsksInTheTurnOfAWriteMayStandBehindIt() {
        Client first = attached();
        node.run(writer, "set", "a", "1");
        long before = node.position();
        node.run(writer, "set", "a", "2");
        long bytes = node.position() - before;
        String replid = node.replication.position().replid();
        String next = Long.toString(node.position() + bytes + 1);
        Client back = replica("eof", "psync2");
        int replied = node.link(back).receivedBytes();
        node.runTogether(writer, List.of("set", "a", "3"), back, List.of("PSYNC", replid, next));
        assertThat(node.link(back).text().substring(replied))
                .isEqualTo("+CONTINUE " + replid + "\r\n");
        node.disconnect(back);
        node.disconnect(first);
    }

    @Test
    void whoWatchesEverythingIsNotSentTheStreamToo() {
        Client watcher = node.connect();
        watcher.monitor = true;
        assertThat(node.ask(watcher, "PSYNC", "?", "-1")).isEmpty();
        assertThat(node.ask(watcher, "SYNC")).isEmpty();
        assertThat(infoHas("connected_slaves:0")).isTrue();
    }

    @Test
    void aClockThatIsSetBackDoesNotEndThePings() {
        Client replica = attached();
        node.pass(1);
        node.nowMs -= 3_600_000;
        long before = node.position();
        node.pass(1);
        assertThat(node.position()).as("a ping is in the stream").isGreaterThan(before);
        node.disconnect(replica);
    }

    @Test
    void aReplicaThatComesBackContinues() {
        Client first = attached();
        node.run(writer, "set", "a", "1");
        long position = node.position();
        String replid = replid();
        node.disconnect(first);
        node.run(writer, "set", "b", "2");

        Client again = replica("eof", "psync2");
        String answer = node.ask(again, "PSYNC", replid, Long.toString(position + 1));
        assertThat(answer)
                .isEqualTo("+CONTINUE " + replid + "\r\n*3\r\n$3\r\nset\r\n$1\r\nb\r\n$1\r\n2\r\n");
        assertThat(node.info())
                .contains("slave0:ip=127.0.0.1,port=6380,state=online,offset=0,lag=0,lag_ms=0");
        assertThat(node.info()).contains("sync_partial_ok:1\r\n");
    }

    private String replid() {
        return node.info()
                .lines()
                .filter(l -> l.startsWith("master_replid:"))
                .findFirst()
                .orElseThrow()
                .substring("master_replid:".length());
    }

    @Test
    void twoReplicasShareTheStream() {
        Client one = attached();
        Client two = attached();
        int seenOne = node.link(one).receivedBytes();
        int seenTwo = node.link(two).receivedBytes();
        for (int i = 0; i < 1000; i++) {
            node.run(writer, "set", "k" + i, "v".repeat(i));
        }
        node.turns();
        assertThat(since(one, seenOne)).isEqualTo(since(two, seenTwo));
        assertThat(new Follower(since(one, seenOne)).readStream().data()).hasSize(1000);
    }

    @Test
    void aSlowReplicaKeepsItsBlocksUpToTheLimit() throws Exception {
        node.config.backlogBytes.value = 16 * 1024;
        limit(300_000, 0, 0);
        Client slow = attached();
        int seen = node.link(slow).receivedBytes();
        node.link(slow).window(0);
        for (int i = 0; i < 200; i++) {
            node.run(writer, "set", "k" + i, "v".repeat(1000));
        }
        node.pass(1);
        assertThat(node.link(slow).isClosed()).isFalse();
        node.link(slow).window(Long.MAX_VALUE);
        node.turns();
        assertThat(new Follower(since(slow, seen)).readStream().data()).hasSize(200);

        node.link(slow).window(0);
        for (int i = 0; i < 400; i++) {
            node.run(writer, "set", "k" + i, "v".repeat(1000));
        }
        node.turns();
        assertThat(node.link(slow).isClosed()).isTrue();
        assertThat(infoHas("slave0")).isFalse();
    }

    @Test
    void theSoftLimitIsPassedForItsSeconds() throws Exception {
        node.config.backlogBytes.value = 16 * 1024;
        limit(0, 100_000, 5);
        Client slow = attached();
        node.link(slow).window(0);
        for (int i = 0; i < 200; i++) {
            node.run(writer, "set", "k" + i, "v".repeat(1000));
        }
        node.pass(5);
        assertThat(node.link(slow).isClosed()).isFalse();
        node.pass(1);
        assertThat(node.link(slow).isClosed()).isTrue();
    }

    private void limit(long hard, long soft, long seconds) throws Exception {
        node.limits.parse(
                java.util.List.of(
                        "replica",
                        Long.toString(hard),
                        Long.toString(soft),
                        Long.toString(seconds)),
                false);
        assertThat(node.limits.hardBytes[OutputLimits.REPLICA]).isEqualTo(hard);
    }

    @Test
    void aSilentReplicaIsSentAway() {
        Client replica = attached();
        node.pass(60);
        assertThat(node.link(replica).isClosed()).isFalse();
        assertThat(node.link(replica).text()).contains("*1\r\n$4\r\nPING\r\n");
        assertThat(node.info()).contains("lag=60");
        node.pass(1);
        assertThat(node.link(replica).isClosed()).isTrue();
    }

    @Test
    void aReplicaThatDiesInItsTransferEndsTheSnapshot() {
        for (int i = 0; i < 2000; i++) {
            node.run(writer, "set", "k" + i, "v".repeat(1000));
        }
        Client replica = replica("eof", "psync2");
        node.link(replica).window(1000);
        node.run(replica, "PSYNC", "?", "-1");
        assertThat(node.info()).contains("state=wait_bgsave", "sync=transfer");
        node.pass(2);
        assertThat(node.liveSnapshots()).isEqualTo(1);
        node.disconnect(replica);
        until(() -> node.liveSnapshots() == 0);
        assertThat(node.info()).contains("connected_slaves:0");
    }

    @Test
    void aTransferThatDoesNotMoveIsEnded() {
        for (int i = 0; i < 2000; i++) {
            node.run(writer, "set", "k" + i, "v".repeat(1000));
        }
        Client replica = replica("eof", "psync2");
        node.link(replica).window(1000);
        node.run(replica, "PSYNC", "?", "-1");
        until(() -> node.link(replica).receivedBytes() > FullSync.CHUNK_BYTES);
        // The snapshot thread may still be on its way to where it waits for the socket.
        until(() -> {
            node.pass(63);
            return node.link(replica).isClosed();
        });
        until(() -> node.liveSnapshots() == 0);
    }

    @Test
    void theBacklogIsGivenUpWhenNobodyComesBack() {
        node.config.backlogTtlSeconds.value = 100;
        Client replica = attached();
        String before = replid();
        node.disconnect(replica);
        node.pass(100);
        assertThat(infoHas("repl_backlog_active:1")).isTrue();
        node.pass(1);
        assertThat(infoHas("repl_backlog_active:0")).isTrue();
        assertThat(replid()).isNotEqualTo(before);
    }

    @Test
    void waitCountsWhoAcknowledged() {
        assertThat(node.ask(writer, "WAIT", "0", "0")).isEqualTo(":0\r\n");
        Client replica = attached();
        node.run(writer, "set", "a", "1");
        assertThat(node.ask(writer, "WAIT", "1", "0")).isEmpty();
        assertThat(writer.waiting).isTrue();
        assertThat(node.link(replica).text()).endsWith("GETACK\r\n$1\r\n*\r\n");
        int before = node.link(writer).receivedBytes();
        node.run(replica, "REPLCONF", "ACK", Long.toString(node.position()));
        node.turns();
        assertThat(since(writer, before)).asString().isEqualTo(":1\r\n");
        assertThat(node.link(writer).resumed()).isEqualTo(1);
        assertThat(node.ask(writer, "WAIT", "2", "1500")).isEmpty();
        node.pass(1);
        assertThat(writer.waiting).isTrue();
        node.pass(1);
        assertThat(writer.waiting).isFalse();
        assertThat(node.link(writer).text()).endsWith(":1\r\n:1\r\n");
        assertThat(node.ask(writer, "WAIT", "1", "-1")).isEqualTo("-ERR timeout is negative\r\n");
        assertThat(node.ask(writer, "WAIT", "1", "a"))
                .isEqualTo("-ERR timeout is not an integer or out of range\r\n");
    }

    /** Who writes on and on must not keep others from hearing that theirs is safe. */
    @Test
    void waitIsForWhatTheClientHasWrittenOrMayHaveRead() {
        Client replica = attached();
        node.run(writer, "set", "a", "1");
        node.run(replica, "REPLCONF", "ACK", Long.toString(node.position()));
        Client other = node.connect();
        node.run(other, "set", "b", "1");
        assertThat(node.ask(writer, "WAIT", "1", "0")).isEqualTo(":1\r\n");
        assertThat(node.ask(node.connect(), "WAIT", "1", "0")).isEqualTo(":1\r\n");
        assertThat(node.ask(other, "WAIT", "1", "0")).isEmpty();
        Client reader = node.connect();
        node.run(reader, "ping");
        assertThat(node.ask(reader, "WAIT", "1", "0")).isEmpty();
        node.run(replica, "REPLCONF", "ACK", Long.toString(node.position()));
        node.turns();
        assertThat(other.waiting).isFalse();
        assertThat(reader.waiting).isFalse();
    }

    @Test
    void replconfAnswersAsRedisDoes() {
        Client replica = node.connect();
        assertThat(node.ask(replica, "REPLCONF", "foo", "1"))
                .isEqualTo("-ERR Unrecognized REPLCONF option: foo\r\n");
        assertThat(node.ask(replica, "REPLCONF", "a")).isEqualTo("-ERR syntax error\r\n");
        assertThat(node.ask(replica, "REPLCONF", "listening-port", "x"))
                .isEqualTo("-ERR value is not an integer or out of range\r\n");
        assertThat(node.ask(replica, "REPLCONF", "rdb-only", "2"))
                .isEqualTo("-ERR value is out of range, value must between 0 and 1\r\n");
        assertThat(node.ask(replica, "REPLCONF", "rdb-filter-only", "x"))
                .isEqualTo("-ERR Unsupported rdb-filter-only option: x\r\n");
        assertThat(node.ask(replica, "REPLCONF", "ip-address", "x".repeat(300)))
                .isEqualTo(
                        "-ERR REPLCONF ip-address provided by replica instance is too long: 300"
                                + " bytes\r\n");
        assertThat(node.ask(replica, "REPLCONF", "ack", "7")).isEmpty();
        assertThat(node.ask(replica, "REPLCONF", "getack", "*")).isEmpty();
        assertThat(node.ask(replica, "PSYNC", "?", "x"))
                .isEqualTo("-ERR value is not an integer or out of range\r\n");
    }

    @Test
    void writesAreRefusedWithoutGoodReplicas() {
        String refused = "-NOREPLICAS Not enough good replicas to write.\r\n";
        node.set("min-slaves-to-write", "1");
        assertThat(node.ask(writer, "set", "a", "1")).isEqualTo(refused);
        assertThat(node.ask(writer, "WAIT", "0", "0")).isEqualTo(":0\r\n");
        assertThat(infoHas("connected_slaves:0\r\nmin_slaves_good_slaves:0\r\n")).isTrue();
        Client replica = attached();
        assertThat(node.ask(writer, "set", "a", "1")).isEqualTo("+OK\r\n");
        assertThat(infoHas("min_slaves_good_slaves:1\r\nslave0:")).isTrue();
        node.pass(11);
        assertThat(node.ask(writer, "set", "a", "2")).isEqualTo(refused);
        node.run(replica, "REPLCONF", "ACK", "0");
        assertThat(node.ask(writer, "set", "a", "3")).isEqualTo("+OK\r\n");
        node.disconnect(replica);
        assertThat(node.ask(writer, "del", "a")).isEqualTo(refused);
        node.set("min-replicas-max-lag", "0");
        assertThat(node.ask(writer, "set", "a", "4")).isEqualTo("+OK\r\n");
        assertThat(infoHas("min_slaves_good_slaves")).isFalse();
    }

    @Test
    void theEndKnowsWhoLacksSomething() {
        assertThat(node.replication.replicasHaveAll()).isTrue();
        Client replica = attached();
        node.run(writer, "set", "a", "1");
        assertThat(node.replication.replicasHaveAll()).isFalse();
        node.run(replica, "REPLCONF", "ACK", Long.toString(node.position()));
        assertThat(node.replication.replicasHaveAll()).isTrue();
    }

    @Test
    void roleAndInfoNameTheReplicasAsTheyAnnouncedThemselves() {
        assertThat(node.ask(writer, "ROLE")).isEqualTo("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
        Client replica = attached();
        node.run(replica, "REPLCONF", "ip-address", "10.0.0.7");
        node.run(writer, "set", "a", "1");
        assertThat(node.ask(writer, "ROLE").split("\r\n"))
                .containsExactly(
                        "*3",
                        "$6",
                        "master",
                        ":50",
                        "*1",
                        "*3",
                        "$8",
                        "10.0.0.7",
                        "$4",
                        "6380",
                        "$1",
                        "0");
        assertThat(node.info().lines().filter(line -> !line.startsWith("master_replid:")))
                .containsSubsequence(
                        "role:master",
                        "connected_slaves:1",
                        "slave0:ip=10.0.0.7,port=6380,state=online,offset=0,lag=0,"
                                + "lag_ms=0,sync=stream,left_bytes=50,eta_ms=-1",
                        "master_failover_state:no-failover",
                        "master_replid2:0000000000000000000000000000000000000000",
                        "master_repl_offset:50",
                        "second_repl_offset:-1",
                        "repl_backlog_active:1",
                        "repl_backlog_size:1048576",
                        "repl_backlog_first_byte_offset:1",
                        "repl_backlog_histlen:50");
    }

    @Test
    void anRdbOnlyReplicaIsSentAwayAfterItsPayload() {
        Client tool = replica("eof");
        node.run(tool, "REPLCONF", "rdb-only", "1");
        node.run(tool, "SYNC");
        until(() -> node.link(tool).isClosed());
        assertThat(node.link(tool).text()).contains("$EOF:").contains("REDIS0010");
        node.disconnect(tool);
    }
}
