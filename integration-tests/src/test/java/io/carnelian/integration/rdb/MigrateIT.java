package io.carnelian.integration.rdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A migration takes its time, and the server lives on meanwhile. The peer is this test. */
class MigrateIT {
    private static final int WAIT_MS = 30_000;

    /** The key is its primary's by then: deleting it would make the two differ for ever. */
    @Test
    void aServerThatHasBecomeAReplicaKeepsTheKey() throws IOException, InterruptedException {
        try (ServerProcess ours = ServerProcess.subject();
                ServerSocket peer = new ServerSocket(0);
                RespConnection to = ours.connect();
                RespConnection other = ours.connect()) {
            peer.setSoTimeout(WAIT_MS);
            assertThat(to.call("SET", "k", "v").text()).isEqualTo("OK");
            String port = Integer.toString(peer.getLocalPort());
            String wait = Integer.toString(WAIT_MS);
            to.send(RespConnection.encode("MIGRATE", "127.0.0.1", port, "k", "0", wait));
            try (Socket link = peer.accept()) {
                assertThat(other.call("REPLICAOF", "127.0.0.1", "1").text()).isEqualTo("OK");
                byte[] taken = "+OK\r\n+OK\r\n".getBytes(StandardCharsets.US_ASCII);
                link.getOutputStream().write(taken);
                assertThat(to.readReply().text()).startsWith("UNBLOCKED ");
            }
            assertThat(other.call("GET", "k").text()).isEqualTo("v");
            assertThat(other.call("REPLICAOF", "NO", "ONE").text()).isEqualTo("OK");
            assertThat(other.call("GET", "k").text()).isEqualTo("v");
        }
    }

    /** A peer that is frozen takes what its kernel has room for; the value is much more. */
    @Test
    void aPeerThatReadsNothingHoldsNobodyUpForLong() throws IOException, InterruptedException {
        try (ServerProcess ours = ServerProcess.subject("--rdbcompression", "no");
                ServerSocket peer = new ServerSocket(0);
                RespConnection to = ours.connect();
                RespConnection other = ours.connect()) {
            peer.setSoTimeout(WAIT_MS);
            to.call("SETRANGE", "k", Integer.toString(64 << 20), "x");
            String port = Integer.toString(peer.getLocalPort());
            to.send(RespConnection.encode("MIGRATE", "127.0.0.1", port, "k", "0", "300"));
            try (Socket link = peer.accept()) {
                assertThat(to.readReply().text())
                        .isEqualTo("IOERR error or timeout writing to target instance");
                assertThat(link.isConnected()).isTrue();
            }
            assertThat(other.call("SET", "other", "1").text()).isEqualTo("OK");
            assertThat(other.call("EXISTS", "k").integer()).isEqualTo(1);
        }
    }
}
