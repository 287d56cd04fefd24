package io.carnelian.aof.load;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.NoLink;
import io.carnelian.server.command.Batch;
import io.carnelian.server.command.Executor;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Output;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the commands of a file, for a client that obeys no gate and hears no reply. Expired keys
 * stay until all is loaded, and nothing goes to the stream. Command thread only.
 */
final class Replay {
    private static final int SHOWN_BYTES = 128;
    private static final Token SELECT = Token.of("SELECT");

    /** Why a command can't be run, and where it begins in its file. */
    record Problem(String why, long offset) {}

    private final Executor executor;
    private final Keyspace keyspace;
    private final Client client;
    private final Consumer<Client> onGone;
    private final Batch batch = new Batch();
    private final int expiredBefore;
    private final boolean relayedBefore;
    private long errors;
    private String lastError = "";

    /**
     * @param onGone hears that the client has gone, as of one whose connection has ended
     */
    Replay(
            Executor executor,
            Keyspace keyspace,
            ByteBufAllocator allocator,
            Consumer<Client> onGone) {
        this.executor = executor;
        this.keyspace = keyspace;
        this.onGone = onGone;
        client =
                new Client(
                        0, new Output(allocator), new NoLink(), keyspace.db(0), keyspace.nowMs());
        client.authenticated = true;
        client.primary = true;
        client.obeys = 0;
        client.replies = Client.REPLIES_OFF;
        expiredBefore = keyspace.expiredKeys();
        relayedBefore = executor.stream().isRelaying();
        keyspace.expiredKeys(Keyspace.EXPIRED_IGNORE);
        executor.stream().relaying(true);
    }

    /** Another file begins: with database 0. */
    void fileBegins() {
        client.select(keyspace.db(0));
    }

    /**
     * Runs the commands; takes the chunk over.
     *
     * @return what can't be run, or null
     */
    @Nullable Problem run(Chunk chunk) {
        long before = executor.stats().errors();
        long memoryErrors = executor.stats().memoryErrors();
        Problem problem = null;
        int arg = 0;
        try {
            for (int i = 0; i < chunk.commands() && problem == null; i++) {
                problem = problem(chunk, i, arg);
                int mark = batch.args();
                for (int a = 0; a < chunk.argcOf(i); a++) {
                    batch.addArg(chunk.address(arg), chunk.length(arg));
                    arg++;
                }
                batch.addRequest(client, mark);
                if (batch.isFull()) {
                    executor.execute(batch);
                }
            }
            if (problem == null) {
                executor.execute(batch);
            } else {
                batch.clear();
            }
        } finally {
            chunk.bytes.release();
        }
        long failed = executor.stats().errors() - before;
        if (failed > 0) {
            errors += failed;
            lastError = executor.stats().lastFailed() + ": " + executor.stats().lastError();
        }
        if (problem == null && executor.stats().memoryErrors() > memoryErrors) {
            // Without what did not fit, the next rewrite would make the loss last.
            return new Problem("Out of memory", chunk.offsetOf(0));
        }
        return problem;
    }

    /**
     * Unknown, or behind one that waits for something: no server writes that to a file. Or what
     * follows would go to another database than it was in.
     */
    private @Nullable Problem problem(Chunk chunk, int command, int name) {
        boolean known = executor.commands().find(chunk.address(name), chunk.length(name)) != null;
        String why = null;
        if (!known || client.waiting) {
            why = "Unknown command '" + shown(chunk, name) + "'";
        } else if (chunk.argcOf(command) == 2
                && SELECT.matches(chunk.address(name), chunk.length(name))
                && !isDatabase(shown(chunk, name + 1))) {
            why = "No database '" + shown(chunk, name + 1) + "' here (see databases)";
        }
        return why == null ? null : new Problem(why, chunk.offsetOf(command));
    }

    private boolean isDatabase(String number) {
        return number.matches("[0-9]{1,9}") && Integer.parseInt(number) < keyspace.databases();
    }

    private static String shown(Chunk chunk, int arg) {
        byte[] shown = new byte[Math.min(SHOWN_BYTES, chunk.length(arg))];
        Memory.copyOut(chunk.address(arg), shown, 0, shown.length);
        return new String(shown, StandardCharsets.ISO_8859_1);
    }

    /** Commands that were answered with an error. */
    long errors() {
        return errors;
    }

    /** The last of them, with what was answered; empty if there was none. */
    String lastError() {
        return lastError;
    }

    /** All is loaded: a transaction that did not end is forgotten. Returns the database. */
    int end() {
        int db = client.db().index();
        client.closing = true;
        onGone.accept(client);
        client.output().discard();
        keyspace.expiredKeys(expiredBefore);
        executor.stream().relaying(relayedBefore);
        return db;
    }
}
