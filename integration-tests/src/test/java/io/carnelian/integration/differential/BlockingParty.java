package io.carnelian.integration.differential;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Some clients of one server, of which some wait for a reply, and one that watches them: whether a
 * client waits is asked of the server, so that no test depends on how fast bytes travel.
 */
final class BlockingParty implements Closeable {
    private static final int POLLS = 2_000;
    private static final int POLL_MS = 5;

    private final ServerProcess server;
    private final RespConnection watcher;
    private final RespConnection[] clients;
    private final long[] ids;

    /** Clients that have to read a reply. */
    private final boolean[] owed;

    private long served;

    BlockingParty(ServerProcess server, int size) throws IOException {
        this.server = server;
        this.watcher = server.connect();
        this.clients = new RespConnection[size];
        this.ids = new long[size];
        this.owed = new boolean[size];
        for (int i = 0; i < size; i++) {
            connect(i);
        }
    }

    private void connect(int client) throws IOException {
        clients[client] = server.connect();
        ids[client] = clients[client].call("CLIENT", "ID").integer();
        owed[client] = false;
    }

    RespConnection control() {
        return watcher;
    }

    void control(String... command) throws IOException {
        watcher.call(command);
    }

    boolean isWaiting(int client) {
        return owed[client];
    }

    int waiting() {
        int count = 0;
        for (boolean each : owed) {
            count += each ? 1 : 0;
        }
        return count;
    }

    /** How many replies clients have read. */
    long replies() {
        return served;
    }

    /** Sends a client's command, and returns when it has run or waits. */
    void send(int client, List<String> command) throws IOException, InterruptedException {
        clients[client].send(RespConnection.encode(command.stream().map(Bytes::of).toList()));
        owed[client] = true;
        for (int i = 0; !clients[client].hasArrived() && !isBlocked(line(client)); i++) {
            if (i == POLLS) {
                throw new IOException(server.name() + " does not run " + command);
            }
            Thread.sleep(POLL_MS);
        }
    }

    void unblock(int client, String how) throws IOException {
        watcher.call("CLIENT", "UNBLOCK", Long.toString(ids[client]), how);
    }

    void kill(int client) throws IOException {
        watcher.call("CLIENT", "KILL", "ID", Long.toString(ids[client]));
        clients[client].close();
        connect(client);
    }

    /** Returns when a client waits no more. */
    void awaitEnd(int client) throws IOException, InterruptedException {
        for (int i = 0; isBlocked(line(client)); i++) {
            if (i == POLLS) {
                throw new IOException(server.name() + " forgets a deadline");
            }
            Thread.sleep(POLL_MS);
        }
    }

    /** What clients have read since they began to wait no more, each with its number. */
    List<String> settle() throws IOException {
        List<String> replies = new ArrayList<>();
        for (int i = 0; i < clients.length; i++) {
            if (owed[i] && !isBlocked(line(i))) {
                replies.add(i + " reads " + Bytes.quote(clients[i].readRaw()));
                owed[i] = false;
                served++;
            }
        }
        return replies;
    }

    private String line(int client) throws IOException {
        byte[] reply = watcher.call("CLIENT", "LIST", "ID", Long.toString(ids[client])).bytes();
        return new String(reply, StandardCharsets.ISO_8859_1);
    }

    private static boolean isBlocked(String line) {
        int flags = line.indexOf(" flags=") + 7;
        return line.substring(flags, line.indexOf(' ', flags)).indexOf('b') >= 0;
    }

    @Override
    public void close() throws IOException {
        watcher.close();
        for (RespConnection client : clients) {
            client.close();
        }
    }
}
