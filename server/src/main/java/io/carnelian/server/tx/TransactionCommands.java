package io.carnelian.server.tx;

import static io.carnelian.server.command.Categories.TRANSACTION;
import static io.carnelian.server.command.Flags.ALLOW_BUSY;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.NO_MULTI;
import static io.carnelian.server.command.Flags.SKIP_SLOWLOG;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Transaction;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Executor;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import org.jspecify.annotations.Nullable;

/**
 * MULTI, EXEC, DISCARD, WATCH, UNWATCH. Between MULTI and EXEC the gate TX_QUEUE is armed for the
 * client: what passes the gates before it is copied to the queue, and EXEC runs the queue through
 * {@code call} one by one, with the effects between MULTI and EXEC in the stream.
 */
public final class TransactionCommands {
    private static final ErrorReply NESTED = ErrorReply.of("ERR MULTI calls can not be nested");
    private static final ErrorReply EXEC_ALONE = ErrorReply.of("ERR EXEC without MULTI");
    private static final ErrorReply DISCARD_ALONE = ErrorReply.of("ERR DISCARD without MULTI");
    private static final ErrorReply WATCH_INSIDE =
            ErrorReply.of("ERR WATCH inside MULTI is not allowed");
    private static final ErrorReply NOT_INSIDE =
            ErrorReply.of("ERR Command not allowed inside a transaction");
    private static final ErrorReply ABORTED =
            ErrorReply.of("EXECABORT Transaction discarded because of previous errors.");

    private static final int ANY_TIME = NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY;

    private final Executor executor;
    private final Watches watches;

    public TransactionCommands(Executor executor, Watches watches) {
        this.executor = executor;
        this.watches = watches;
    }

    public void addTo(CommandTable commands, Gates gates) {
        commands.add("multi", 1, ANY_TIME, Keys.NONE, TRANSACTION, this::multi).neverQueued();
        commands.add("discard", 1, ANY_TIME, Keys.NONE, TRANSACTION, this::discard).neverQueued();
        commands.add(
                        "exec",
                        1,
                        NOSCRIPT | LOADING | STALE | SKIP_SLOWLOG,
                        Keys.NONE,
                        TRANSACTION,
                        this::exec)
                .executesQueue(this::refused);
        commands.add("watch", -2, ANY_TIME, Keys.ALL, TRANSACTION, this::watch).neverQueued();
        commands.add("unwatch", 1, ANY_TIME, Keys.NONE, TRANSACTION, this::unwatch);
        gates.install(Gate.TX_QUEUE, this::queue);
    }

    /** Forgets the transaction and the watched keys of a client that resets or goes. */
    public void forget(Client client) {
        Transaction transaction = client.transaction();
        if (transaction != null) {
            end(client, transaction);
        }
        watches.unwatchAll(client);
    }

    private @Nullable ErrorReply queue(Call call) {
        Command command = call.command();
        Transaction transaction = call.client().transaction();
        if (command.isNeverQueued() || transaction == null) {
            return null;
        }
        if (command.is(NO_MULTI)) {
            return NOT_INSIDE;
        }
        if (!call.queueTo(transaction)) {
            return Errors.OUT_OF_MEMORY;
        }
        call.reply().queued();
        return Gates.HANDLED;
    }

    private void multi(Call call) {
        Client client = call.client();
        if (client.transaction() != null) {
            throw NESTED.error();
        }
        client.setTransaction(new Transaction(client.output().allocator()));
        client.gates |= Gate.TX_QUEUE.bit();
        call.reply().ok();
    }

    private void discard(Call call) {
        Client client = call.client();
        if (client.transaction() == null) {
            throw DISCARD_ALONE.error();
        }
        forget(client);
        call.reply().ok();
    }

    private void exec(Call call) {
        Client client = call.client();
        Transaction transaction = client.transaction();
        if (transaction == null) {
            throw EXEC_ALONE.error();
        }
        boolean changed = client.watchedKeyChanged || watches.anyExpired(client);
        watches.unwatchAll(client);
        client.setTransaction(null);
        client.gates &= ~Gate.TX_QUEUE.bit();
        try {
            if (transaction.failed) {
                throw ABORTED.error();
            }
            if (changed) {
                call.reply().nullArray();
                return;
            }
            call.reply().array(transaction.requests().count());
            executor.runTransaction(client, transaction.requests());
        } finally {
            transaction.requests().free();
        }
    }

    /** EXEC can't run: what was queued, if anything was, is gone. */
    private ErrorReply refused(Call call, ErrorReply why) {
        forget(call.client());
        String text = why.text();
        return ErrorReply.of(
                "EXECABORT Transaction discarded because of: "
                        + (text.startsWith("ERR ") ? text.substring(4) : text));
    }

    private void end(Client client, Transaction transaction) {
        client.setTransaction(null);
        client.gates &= ~Gate.TX_QUEUE.bit();
        transaction.requests().free();
    }

    private void watch(Call call) {
        if (call.client().transaction() != null) {
            throw WATCH_INSIDE.error();
        }
        watches.requireRoom(call);
        if (!call.client().watchedKeyChanged) {
            for (int i = 1; i < call.argc(); i++) {
                watches.watch(call.client(), call.key(i));
            }
        }
        call.reply().ok();
    }

    private void unwatch(Call call) {
        watches.unwatchAll(call.client());
        call.reply().ok();
    }
}
