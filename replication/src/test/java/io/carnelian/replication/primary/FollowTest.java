package io.carnelian.replication.primary;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.client.Client;
import io.carnelian.server.connection.Pause;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that follow each other: a is port 1, b is 2, c is 3. */
class FollowTest {
    private static final int A = 1;
    private static final int B = 2;

    private final Node a = new Node(1);
    private final Node b = new Node(2);
    private final Node c = new Node(3);
    private final List<Node> all = List.of(a, b, c);

    @BeforeEach
    void meet() {
        for (Node node : all) {
            node.others.put(A, a);
            node.others.put(B, b);
            node.others.put(3, c);
        }
    }

    @AfterEach
    void close() {
        for (Node node : all) {
            node.close();
        }
        quiet();
        for (Node node : all) {
            node.close();
            assertThat(node.liveSnapshots()).isZero();
        }
    }

    private void step() {
        for (Node node : all) {
            node.turns();
            var _ = node.receive();
        }
    }

    private void quiet() {
        boolean any = true;
        while (any) {
            any = false;
            for (Node node : all) {
                node.turns();
                any |= node.receive();
            }
        }
    }

    /** Threads load and send; ten seconds of real time are a failure. */
    private void until(BooleanSupplier holds) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            step();
            Thread.onSpinWait();
        }
        quiet();
    }

    private static boolean isUp(Node node) {
        return node.info().contains("master_link_status:up");
    }

    private void follow(Node node, int port) {
        assertThat(node.ask(node.connect(), "REPLICAOF", "127.0.0.1", Integer.toString(port)))
                .isEqualTo("+OK\r\n");
        until(() -> isUp(node));
    }

    private static void write(Node node, Client writer, Random random) {
        String key = "key:" + random.nextInt(500);
        switch (random.nextInt(8)) {
            case 0 -> node.run(writer, "del", key);
            case 1 -> node.run(writer, "setat", key, "v" + random.nextInt(), "4102444800000");
            case 2 -> node.run(writer, "select", Integer.toString(random.nextInt(4)));
            default -> node.run(writer, "set", key, "x".repeat(random.nextInt(300)));
        }
    }

    private void assertEqual(Node one, Node other) {
        assertThat(other.contents()).isEqualTo(one.contents());
        assertThat(other.position()).isEqualTo(one.position());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aChainHasEverythingWhileItIsWritten(long seed) {
        Random random = new Random(seed);
        Client writer = a.connect();
        for (int i = 0; i < 2000; i++) {
            write(a, writer, random);
        }
        follow(b, A);
        for (int i = 0; i < 200; i++) {
            write(a, writer, random);
        }
        follow(c, B);
        for (int i = 0; i < 2000; i++) {
            write(a, writer, random);
            if (random.nextInt(10) == 0) {
                step();
            }
        }
        quiet();
        assertEqual(a, b);
        assertEqual(a, c);
        assertThat(c.replication.position()).isEqualTo(a.replication.position());
    }

    @Test
    void aPromotedNodeIsFollowedWithoutAFullResync() {
        Random random = new Random(4);
        Client writer = a.connect();
        for (int i = 0; i < 100; i++) {
            write(a, writer, random);
        }
        follow(b, A);
        follow(c, B);
        write(a, writer, random);
        quiet();
        String before = b.replication.position().replid();
        b.run(b.connect(), "REPLICAOF", "NO", "ONE");
        until(() -> isUp(c));
        assertThat(b.info()).contains("role:master", "sync_full:1", "sync_partial_ok:1");
        assertThat(b.replication.position().replid2()).isEqualTo(before);
        write(b, b.connect(), random);
        quiet();
        assertEqual(b, c);

        follow(a, B);
        assertThat(b.info()).contains("sync_full:1", "sync_partial_ok:2");
        assertEqual(b, a);
    }

    @Test
    void aLinkThatIsCutGoesOnWhereItWas() {
        Client writer = a.connect();
        a.run(writer, "set", "k", "1");
        follow(b, A);
        a.run(writer, "set", "k", "2");
        a.cutReplicas();
        a.run(writer, "set", "k", "3");
        until(() -> isUp(b) && b.position() == a.position());
        assertThat(a.info()).contains("sync_full:1", "sync_partial_ok:1");
        assertEqual(a, b);
    }

    /**
     * Its primary may have gone for good, or sends it away each time because loading takes long.
     */
    @Test
    void aPayloadThatIsAllHereIsTakenThoughTheLinkEnds() {
        Client writer = a.connect();
        for (int i = 0; i < 100; i++) {
            a.run(writer, "set", "k" + i, "1");
        }
        b.run(b.connect(), "REPLICAOF", "127.0.0.1", "1");
        boolean comes = true;
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (comes || !a.info().contains("sync=loading")) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            a.turns();
            comes = b.receive();
        }
        a.cutReplicas();
        assertThat(b.receive()).isTrue();
        assertThat(b.contents()).isEmpty();
        a.run(writer, "set", "k", "2");
        until(() -> isUp(b) && b.position() == a.position());
        assertThat(a.info()).contains("sync_full:1", "sync_partial_ok:1");
        assertEqual(a, b);
    }

    /** What it acknowledges it must have. */
    @Test
    void whoHasNoMemoryForAWriteAsksForEverything() {
        Client writer = a.connect();
        follow(b, A);
        b.noMemory = true;
        a.run(writer, "set", "k", "1");
        until(() -> a.info().contains("sync_full:2") && isUp(b));
        assertThat(a.info()).contains("sync_full:2", "sync_partial_ok:0");
        assertEqual(a, b);
    }

    /** While it loads slower than it is sent, it does not read, and hears nothing. */
    @Test
    void whoWasSlowItselfGivesItsPrimaryTime() {
        Random random = new Random(5);
        Client writer = a.connect();
        for (int i = 0; i < 120; i++) {
            byte[] value = new byte[100_000];
            random.nextBytes(value);
            a.run(writer, "set", "k" + i, new String(value, StandardCharsets.ISO_8859_1));
        }
        b.loadDelayMicros = 1_000_000;
        b.run(b.connect(), "REPLICAOF", "127.0.0.1", "1");
        boolean comes = true;
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (comes || !a.info().contains("sync=loading")) {
            assertThat(System.nanoTime()).as("all but what rests").isLessThan(deadline);
            a.turns();
            comes = b.receive();
        }
        b.turns();
        b.nowMs += 70_000;
        b.loadDelayMicros = 0;
        while (!b.hasMessages()) {
            assertThat(System.nanoTime()).as("room in the pipe").isLessThan(deadline);
            Thread.onSpinWait();
        }
        b.pass(2);
        until(() -> isUp(b));
        assertThat(a.info()).contains("sync_full:1");
        assertEqual(a, b);
    }

    @Test
    void aHistoryThatGotAnotherNameIsAskedForAnew() {
        Client writer = a.connect();
        a.run(writer, "set", "k", "1");
        follow(b, A);
        assertThat(b.ask(b.connect(), "DEBUG", "CHANGE-REPL-ID"))
                .isEqualTo("-ERR A replica has the replication ID of its primary\r\n");
        String before = replid(a);
        assertThat(replid(b)).isEqualTo(before);
        assertThat(a.ask(writer, "DEBUG", "CHANGE-REPL-ID")).isEqualTo("+OK\r\n");
        assertThat(replid(a)).isNotEqualTo(before);
        assertThat(a.info()).contains("master_replid2:" + "0".repeat(40));
        a.run(writer, "set", "k", "2");
        a.cutReplicas();
        until(() -> isUp(b) && replid(b).equals(replid(a)));
        assertThat(a.info()).contains("sync_full:2", "sync_partial_ok:0");
        assertEqual(a, b);
    }

    private static String replid(Node node) {
        String info = node.info();
        int at = info.indexOf("master_replid:") + "master_replid:".length();
        return info.substring(at, at + 40);
    }

    @Test
    void aReplicaRefusesWritesAndSaysWhatItIs() {
        a.run(a.connect(), "set", "k", "1");
        follow(b, A);
        Client client = b.connect();
        assertThat(b.ask(client, "set", "k", "2"))
                .isEqualTo("-READONLY You can't write against a read only replica.\r\n");
        assertThat(b.ask(client, "ROLE"))
                .startsWith("*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:1\r\n$9\r\nconnected\r\n");
        assertThat(b.ask(client, "REPLICAOF", "127.0.0.1", "1"))
                .isEqualTo("+OK Already connected to specified master\r\n");
        assertThat(b.ask(client, "WAIT", "1", "1")).startsWith("-ERR WAIT cannot be used with");
        b.set("replica-read-only", "no");
    }

    @Test
    void nothingOldIsServedIfThatIsNotWanted() {
        b.config.serveStale.on = false;
        b.run(b.connect(), "REPLICAOF", "127.0.0.1", "1");
        assertThat(b.ask(b.connect(), "del", "k")).startsWith("-READONLY");
        assertThat(b.ask(b.connect(), "ping")).startsWith("-MASTERDOWN Link with MASTER is down");
        until(() -> isUp(b));
        assertThat(b.ask(b.connect(), "ping")).isEqualTo("+PONG\r\n");
    }

    @Test
    void whoHasNoLinkCantBeFollowed() {
        b.run(b.connect(), "REPLICAOF", "127.0.0.1", "1");
        assertThat(b.ask(b.connect(), "PSYNC", "?", "-1"))
                .isEqualTo("-NOMASTERLINK Can't SYNC while not connected with my master\r\n");
        assertThat(b.ask(b.connect(), "SYNC")).startsWith("-NOMASTERLINK");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*3\r\n$9\r\nREPLICAOF\r\n$2\r\nNO\r\n$3\r\nONE\r\n",
                "*3\r\n$9\r\nREPLICAOF\r\n$9\r\n127.0.0.1\r\n$1\r\n3\r\n",
                "*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n",
                "*1\r\n$4\r\nSYNC\r\n"
            })
    void theStreamDecidesNothingAboutRoles(String command) {
        follow(b, A);
        a.putIntoStream(command);
        a.run(a.connect(), "set", "k", "1");
        until(() -> b.position() == a.position());
        assertThat(isUp(b)).isTrue();
        assertThat(b.info()).contains("connected_slaves:0");
        assertEqual(a, b);
    }

    /** To ask for the same bytes again would end in the same way, for ever. */
    @ParameterizedTest
    @ValueSource(strings = {"set k 1\r\n", "*1\r\n!\r\n"})
    void afterBytesThatAreNoStreamEverythingIsAskedFor(String bytes) {
        follow(b, A);
        a.run(a.connect(), "set", "k", "2");
        a.putIntoStream(bytes);
        until(() -> a.info().contains("sync_full:2") && isUp(b));
        a.run(a.connect(), "set", "k", "3");
        until(() -> b.position() == a.position());
        assertThat(a.info()).contains("sync_full:2", "sync_partial_ok:0");
        assertEqual(a, b);
    }

    @Test
    void duringAPauseTheStreamWaitsMostlyInTheSocket() {
        follow(b, A);
        Client writer = a.connect();
        b.pause.begin(Pause.Purpose.COMMAND, Pause.Kind.ALL, Long.MAX_VALUE);
        for (int i = 0; i < 40; i++) {
            a.run(writer, "set", "k" + i, "x".repeat(100_000));
        }
        quiet();
        long applied = b.position();
        assertThat(field(b, "slave_read_repl_offset") - applied)
                .isGreaterThan(1 << 20)
                .isLessThan(2 << 20);
        b.pass(100);
        assertThat(isUp(b)).as("whoever does not read knows nothing of silence").isTrue();
        b.pause.end(Pause.Purpose.COMMAND);
        until(() -> b.position() == a.position());
        assertThat(isUp(b)).isTrue();
        assertEqual(a, b);
    }

    private static long field(Node node, String name) {
        String text = node.info();
        int from = text.indexOf(name + ":") + name.length() + 1;
        return Long.parseLong(text.substring(from, text.indexOf('\r', from)));
    }

    @Test
    void aSilentPrimaryIsLeftAndAskedAgain() {
        follow(b, A);
        b.pass(30);
        assertThat(isUp(b)).isTrue();
        b.pass(40);
        assertThat(b.info()).contains("master_link_status:down");
        until(() -> isUp(b));
    }
}
