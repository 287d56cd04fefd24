package io.carnelian.integration.replica;

import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sets one key after the other and asks by WAIT whether a replica has it, until the server is gone.
 * Keys up to {@link #confirmed} must outlive it.
 */
final class ConfirmedWriter {
    private static final String WAIT_MS = "500";

    private final RespConnection connection;
    private final Thread thread = new Thread(this::run, "confirmed-writer");
    private final AtomicInteger confirmed = new AtomicInteger();

    ConfirmedWriter(ServerProcess primary) throws IOException {
        connection = primary.connect();
        thread.setDaemon(true);
    }

    static String key(int number) {
        return "confirmed:" + number;
    }

    void start() {
        thread.start();
    }

    /** How many writes, from number 1 on, have been confirmed one by one. */
    int confirmed() {
        return confirmed.get();
    }

    void join() throws InterruptedException {
        thread.join();
    }

    private void run() {
        try (connection) {
            for (int i = 1; ; i++) {
                Reply set = connection.call("SET", key(i), Integer.toString(i));
                if (set.isError() || connection.call("WAIT", "1", WAIT_MS).integer() < 1) {
                    return;
                }
                confirmed.set(i);
            }
        } catch (IOException gone) {
            // That is how it ends: the server was killed.
        }
    }
}
