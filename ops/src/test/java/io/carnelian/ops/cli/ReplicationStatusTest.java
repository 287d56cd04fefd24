package io.carnelian.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplicationStatusTest {
    private final List<ServerSocket> sockets = new ArrayList<>();
    private String said = "";

    /** Answers INFO with these fields, in which {@code $0}, {@code $1} are ports of nodes. */
    private void nodes(String... states) throws IOException {
        for (int i = 0; i < states.length; i++) {
            sockets.add(new ServerSocket(0, 5, InetAddress.getLoopbackAddress()));
        }
        for (int i = 0; i < states.length; i++) {
            String state = states[i];
            for (int j = 0; j < states.length; j++) {
                state = state.replace("$" + j, Integer.toString(port(j)));
            }
            byte[] info = state.replace(" ", "\r\n").getBytes(StandardCharsets.US_ASCII);
            ServerSocket socket = sockets.get(i);
            Thread.ofPlatform().daemon().start(() -> serve(socket, info));
        }
    }

    private static void serve(ServerSocket socket, byte[] info) {
        try {
            while (true) {
                try (Socket client = socket.accept()) {
                    var _ = client.getInputStream().read(new byte[1000]);
                    byte[] head = ("$" + info.length + "\r\n").getBytes(StandardCharsets.US_ASCII);
                    client.getOutputStream().write(head);
                    client.getOutputStream().write(info);
                    client.getOutputStream().write(new byte[] {'\r', '\n'});
                    var _ = client.getInputStream().read();
                }
            }
        } catch (IOException closed) {
            return;
        }
    }

    private int port(int node) {
        return sockets.get(node).getLocalPort();
    }

    @AfterEach
    void close() throws IOException {
        for (ServerSocket socket : sockets) {
            socket.close();
        }
    }

    private int status(int port) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        int status =
                Carnelian.commandLine(new ByteArrayInputStream(new byte[0]), stream)
                        .execute("replication", "status", "127.0.0.1:" + port);
        said = out.toString(StandardCharsets.UTF_8);
        return status;
    }

    @Test
    void showsTheWholeChainFromAnyNode() throws IOException {
        nodes(
                "role:master master_repl_offset:500 repl_backlog_histlen:400 "
                        + "repl_backlog_first_byte_offset:101 "
                        + "slave0:ip=127.0.0.1,port=$1,state=online,offset=490,lag=1,lag_ms=1007",
                "role:slave master_host:127.0.0.1 master_port:$0 "
                        + "master_link_status:up slave_repl_offset:490 "
                        + "master_repl_offset:490 "
                        + "slave0:ip=127.0.0.1,port=$2,state=online,offset=490,lag=0",
                "role:slave master_host:127.0.0.1 master_port:$1 "
                        + "master_link_status:up slave_repl_offset:490");
        for (int node = 0; node < 3; node++) {
            assertThat(status(port(node))).as(said).isZero();
            assertThat(said)
                    .startsWith("127.0.0.1:" + port(0) + " primary offset 500, backlog 400 bytes")
                    .contains("\n  127.0.0.1:" + port(1) + " online offset 490, 10 bytes behind")
                    .contains("10 bytes behind, heard 1007 ms ago")
                    .contains("\n    127.0.0.1:" + port(2) + " online offset 490, 0 bytes behind")
                    .contains("0 bytes behind, heard 0 s ago")
                    .contains("whole: 3 nodes, every link is up");
        }
    }

    @Test
    void tellsWhatIsWrong() throws IOException {
        nodes(
                "role:master master_repl_offset:500 "
                        + "slave0:ip=127.0.0.1,port=$1,state=online,offset=490,lag=1 "
                        + "slave1:ip=127.0.0.1,port=1,state=online,offset=490,lag=1",
                "role:slave master_host:127.0.0.1 master_port:$0 "
                        + "master_link_status:down slave_repl_offset:490");
        assertThat(status(port(0))).isEqualTo(1);
        assertThat(said)
                .contains("! its link to the primary is down")
                .contains("! 127.0.0.1:1 does not answer")
                .contains("NOT WHOLE");
    }

    @Test
    void aCircleEnds() throws IOException {
        String replica =
                "role:slave master_host:127.0.0.1 master_port:%s "
                        + "master_link_status:up slave_repl_offset:1 "
                        + "slave0:ip=127.0.0.1,port=%s,state=online,offset=1,lag=1";
        nodes(replica.formatted("$1", "$1"), replica.formatted("$0", "$0"));
        assertThat(status(port(0))).isEqualTo(1);
        assertThat(said).contains("circle");
    }
}
