package io.carnelian.server.command;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.QueuedRequests;
import io.carnelian.server.client.TrackingMode;
import io.carnelian.server.client.Transaction;
import io.carnelian.server.eviction.AccessClock;
import io.carnelian.server.feed.Monitors;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.resp.CommandError;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBufAllocator;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The spine: how a parsed request becomes a change, a reply and an effect.
 *
 * <pre>
 *   execute(batch)   look ahead: names → commands, first keys → hashes → table slots →
 *        │           records, so that the cache misses of a whole pipeline, or of many clients'
 *        │           requests, overlap
 *        ▼
 *   process(call)    every refusal, in order: unknown, arity, then the armed gates ({@link Gate})
 *        ▼
 *   call(call)       handler → statistics, slow log → monitors → write stream (AOF, replicas)
 * </pre>
 *
 * Everything here runs on the command thread. What a command may do is in its family's class; what
 * may stop it is in the gates; who hears of it is in {@link WriteStream}.
 */
public final class Executor {
    /** Hears of calls that took long. */
    @FunctionalInterface
    public interface Observer {
        /** The call is done, its arguments can still be read. */
        void called(Call call, long nanos);
    }

    /** What a command does with one of its keys, at once or when it has waited for that. */
    @FunctionalInterface
    public interface Ending {
        /** Does it, with the key at the argument of this number. */
        void end(Call call, int key);
    }

    /**
     * A command that made its client wait.
     *
     * @param words what was said, as the only request
     * @param muted whether its reply goes nowhere
     */
    public record Unfinished(Client client, Command command, QueuedRequests words, boolean muted) {}

    private static final Observer NOBODY = (call, nanos) -> {};
    private static final int LOOK_AHEAD_FROM = 2;
    private static final int HELD_MAX_BYTES = 16 << 20;
    private static final int QUIET = Flags.SKIP_MONITOR | Flags.ADMIN;

    private final CommandTable commands;
    private final Gates gates;
    private final Keyspace keyspace;
    private final AccessClock accessClock;
    private final WriteStream stream;
    private final Monitors monitors;
    private final InstantSource clock;
    private final Reply reply;
    private final Effects effects;

    /** What a transaction has to propagate so far. */
    private final Effects held;

    private final Call call;
    private final ExecutorStats stats = new ExecutorStats();
    private final Call nested;
    private final Call resumed;
    private final Batch queued = new Batch();
    private final Batch kept = new Batch();
    private final ArrayList<Runnable> afterReply = new ArrayList<>();
    private @Nullable Runnable afterCommand;
    private @Nullable Client running;
    private @Nullable Client replyingTo;
    private Observer observer = NOBODY;
    private long observedFromNanos = Long.MAX_VALUE;
    private Consumer<Call> trackedCalls = call -> {};
    private boolean inTransaction;
    private boolean transactionTold;
    private long sinkForTouches;
    private long lastNanos;

    /** Errors up to here belong to a command already: EXEC is not to blame for what it ran. */
    private long countedErrors;

    public Executor(
            CommandTable commands,
            Gates gates,
            Keyspace keyspace,
            WriteStream stream,
            Monitors monitors,
            InstantSource clock,
            Call call,
            Call nested,
            Call resumed,
            ByteBufAllocator allocator) {
        this.commands = commands;
        this.gates = gates;
        this.keyspace = keyspace;
        this.accessClock = keyspace.accessClock();
        this.stream = stream;
        this.monitors = monitors;
        this.clock = clock;
        this.call = call;
        this.nested = nested;
        nested.denyBlocking();
        this.resumed = resumed;
        resumed.isForResuming();
        this.reply = call.reply();
        this.effects = call.effects();
        this.held = new Effects(allocator);
    }

    /** Runs the requests of a batch in their order and clears it. */
    public void execute(Batch batch) {
        long nowMs = clock.millis();
        keyspace.nowMs(nowMs);
        resolve(batch);
        lastNanos = System.nanoTime();
        int count = batch.count;
        for (int i = 0; i < count; i++) {
            Client client = batch.client[i];
            if (client.closing) {
                continue;
            }
            if (client.waiting) {
                batch.postpone(i);
                continue;
            }
            reply.target(client.output(), client.resp3);
            accessClock.quiet = client.noTouch;
            if (client.replies != Client.REPLIES_ON) {
                mute(client);
            }
            ErrorReply protocolError = batch.protocolError[i];
            if (protocolError != null) {
                refuse(client, protocolError);
            } else {
                Command command = batch.command[i];
                call.begin(batch, i, command, true, nowMs);
                running = client;
                process(call);
                client.seenAt = stream.appended();
                running = null;
                replyingTo = null;
                if (!afterReply.isEmpty()) {
                    runAfterReply();
                }
                if (afterCommand != null) {
                    // The command may have taken long: what is late now counts as late.
                    nowMs = clock.millis();
                    keyspace.nowMs(nowMs);
                    runAfterCommand();
                    lastNanos = System.nanoTime();
                }
            }
            client.link().outputReady();
        }
        batch.clear();
    }

    /** Who hears of every command of clients that track keys, when it has run. */
    public void onTrackedCall(Consumer<Call> listener) {
        trackedCalls = listener;
    }

    /** Whose request is being looked at or run; null between requests. */
    public @Nullable Client running() {
        return running;
    }

    /** Whose command has begun, so that its reply may be half written; null at the gates. */
    public @Nullable Client replyingTo() {
        return replyingTo;
    }

    /** Does something when the reply of the running command is whole: pushes to its own client. */
    public void afterReply(Runnable task) {
        afterReply.add(task);
    }

    private void runAfterReply() {
        for (int i = 0; i < afterReply.size(); i++) {
            afterReply.get(i).run();
        }
        afterReply.clear();
    }

    /** Does something when the running command, or transaction, is done and told: once. */
    public void afterCommand(Runnable task) {
        afterCommand = task;
    }

    private void runAfterCommand() {
        Runnable task = afterCommand;
        if (task != null) {
            task.run();
        }
        afterCommand = null;
    }

    /** CLIENT REPLY: this command's reply goes nowhere. */
    private void mute(Client client) {
        reply.dropMuted();
        reply.mute();
        if (client.replies == Client.SKIP_NEXT) {
            client.replies = Client.REPLIES_ON;
        }
    }

    private void refuse(Client client, ErrorReply protocolError) {
        boolean strangersOnly =
                protocolError == Errors.STRANGER_COUNT || protocolError == Errors.STRANGER_LENGTH;
        if (strangersOnly && client.authenticated) {
            client.link().resume();
            return;
        }
        reply.error(protocolError);
        client.closeAfterReply();
    }

    /** The batch step. Three passes, each of which only asks memory for what the next one needs. */
    private void resolve(Batch batch) {
        int count = batch.count;
        for (int i = 0; i < count; i++) {
            if (batch.protocolError[i] != null) {
                continue;
            }
            int first = batch.firstArg[i];
            Command command = lookup(batch, first, batch.argc[i]);
            batch.command[i] = command;
            int key = command.keys().first();
            if (key > 0 && key < batch.argc[i]) {
                batch.hash[i] =
                        Hash.of(batch.argAddress[first + key], batch.argLength[first + key]);
            } else {
                batch.hash[i] = 0;
            }
        }
        if (count < LOOK_AHEAD_FROM) {
            return;
        }
        long touched = 0;
        for (int i = 0; i < count; i++) {
            if (batch.hash[i] != 0) {
                touched ^= batch.client[i].db().touchSlots(batch.hash[i]);
            }
        }
        for (int i = 0; i < count; i++) {
            if (batch.hash[i] != 0) {
                touched ^= batch.client[i].db().touchRecord(batch.hash[i]);
            }
        }
        sinkForTouches = touched;
    }

    private Command lookup(Batch batch, int first, int argc) {
        Command command = commands.find(batch.argAddress[first], batch.argLength[first]);
        if (command == null) {
            return Unknown.COMMAND;
        }
        CommandTable subcommands = command.subcommandTable();
        if (subcommands == null || argc < 2) {
            return command;
        }
        Command sub = subcommands.find(batch.argAddress[first + 1], batch.argLength[first + 1]);
        return sub == null ? Unknown.SUBCOMMAND : sub;
    }

    /** Every reason not to run a command, in Redis's order. */
    void process(Call request) {
        Command command = request.command();
        Client client = request.client();
        client.interactedAt(request.nowMs(), command.fullName());
        if (!command.accepts(request.argc())) {
            ErrorReply refusal = Unknown.refusal(request);
            if (refusal != Gates.HANDLED) {
                reject(request, refusal);
            }
            return;
        }
        int relevant = ((gates.armed & client.obeys) | client.gates) & request.relevantGates();
        if (relevant != 0) {
            ErrorReply refusal = gates.firstRefusal(relevant, request);
            if (refusal != null) {
                if (refusal != Gates.HANDLED) {
                    reject(request, refusal);
                }
                return;
            }
        }
        replyingTo = client;
        call(request);
    }

    private void reject(Call request, ErrorReply refusal) {
        request.command().rejectedCalls++;
        Client client = request.client();
        Transaction transaction = client.transaction();
        if (transaction != null) {
            transaction.failed = true;
        }
        ErrorReply told = request.command().refusedAs(request, refusal);
        TrackingMode tracking = client.tracking;
        if (tracking != null) {
            tracking.done(request.command().fullName(), client.transaction() != null);
        }
        stats.countError(told, request.command());
        reply.error(told);
    }

    /** Runs a command that nothing refuses, and tells everybody who has to know. */
    void call(Call request) {
        Command command = request.command();
        request.resetEffects();
        long errorsBefore = reply.errors();
        long started = lastNanos;
        long mark = reply.mark();
        try {
            command.handler().handle(request);
        } catch (CommandError e) {
            reply.takeBack(mark);
            reply.error(e.reply());
        } catch (OutOfMemory e) {
            reply.takeBack(mark);
            reply.error(request.ranOutOfMemory());
        }
        long nanos = System.nanoTime();
        command.calls++;
        command.nanoseconds += nanos - started;
        lastNanos = nanos;
        stats.commands++;
        if (!request.client().waiting) {
            measure(request, nanos - started);
        }
        if (!monitors.isEmpty() && (command.flags() & QUIET) == 0) {
            feedMonitors(request);
        }
        if (reply.errors() > Math.max(errorsBefore, countedErrors)) {
            countedErrors = reply.errors();
            command.failedCalls++;
            stats.countError(reply.lastError(), command);
        }
        if (request.client().tracking != null) {
            trackedCalls.accept(request);
        }
        stats.changes += request.changes();
        if (request.wantsPropagation() || effects.count() > 0) {
            propagate(request);
        }
    }

    private void measure(Call done, long nanos) {
        if (stats.tracksLatency) {
            done.command().recordLatency(nanos);
        }
        if (nanos >= observedFromNanos) {
            observer.called(done, nanos);
        }
    }

    /**
     * Runs the rest of a command that has made its client wait: it counts as the same call, and is
     * propagated by its effects.
     */
    public void finish(Unfinished what, Ending ending, int key) {
        beginAgain(what);
        if (what.muted) {
            reply.dropMuted();
            reply.mute();
        } else {
            reply.target(what.client.output(), what.client.resp3);
        }
        replyingTo = what.client;
        long errorsBefore = reply.errors();
        long mark = reply.mark();
        long started = System.nanoTime();
        try {
            ending.end(resumed, key);
        } catch (CommandError e) {
            reply.takeBack(mark);
            reply.error(e.reply());
        } catch (OutOfMemory e) {
            reply.takeBack(mark);
            reply.error(resumed.ranOutOfMemory());
        }
        long nanos = System.nanoTime() - started;
        what.command.nanoseconds += nanos;
        measure(resumed, nanos);
        if (reply.errors() > errorsBefore) {
            countedErrors = reply.errors();
            what.command.failedCalls++;
            stats.countError(reply.lastError(), what.command);
        }
        stats.changes += resumed.changes();
        if (resumed.wantsPropagation() || effects.count() > 0) {
            propagate(resumed);
        }
        replyingTo = null;
        runAfterReply();
        kept.clear();
    }

    /**
     * Notes that a command will not be finished: CLIENT UNBLOCK, which counts as its failure.
     *
     * @param told the error that its client is told, if it is
     */
    public void cutShort(Unfinished what, @Nullable ErrorReply told) {
        beginAgain(what);
        what.command.failedCalls++;
        measure(resumed, 0);
        if (told != null) {
            stats.countError(told, what.command);
        }
        kept.clear();
    }

    private void beginAgain(Unfinished what) {
        kept.addQueued(what.client, what.words, 0);
        kept.hash[0] = 0;
        resumed.begin(kept, 0, what.command, false, keyspace.nowMs());
        resumed.resetEffects();
    }

    private void propagate(Call request) {
        Database db = request.propagationDb();
        boolean itself = request.wantsPropagation() && !effects.replaces();
        if (inTransaction && !transactionTold) {
            held.takeFrom(effects);
            if (itself) {
                request.copyTo(held);
            }
            if (held.bytes() > HELD_MAX_BYTES) {
                tellTransaction();
            }
            return;
        }
        int total = effects.count() + (itself ? 1 : 0);
        boolean wrap = total > 1 && !inTransaction && !request.propagatesApart();
        if (wrap) {
            stream.appendMulti(effects.db(0));
        }
        append(effects);
        if (itself) {
            request.appendTo(stream, db.index());
        }
        if (wrap) {
            stream.appendExec();
        }
        if (request.changes() != 0) {
            request.client().storedAt = stream.appended();
        }
    }

    private void append(Effects all) {
        for (int i = 0; i < all.count(); i++) {
            stream.append(all.db(i), all.address(i), all.length(i));
        }
        all.clear();
    }

    /** The effects so far are too many to wait for EXEC, or it is there. */
    private void tellTransaction() {
        stream.appendMulti(held.db(0));
        append(held);
        transactionTold = true;
    }

    /**
     * Runs what a client queued, each command through {@link #call}; its effects, if there are
     * several, stand between MULTI and EXEC.
     */
    public void runTransaction(Client client, QueuedRequests requests) {
        inTransaction = true;
        transactionTold = false;
        int next = 0;
        while (next < requests.count()) {
            next = queued.addQueued(client, requests, next);
            resolve(queued);
            for (int i = 0; i < queued.count; i++) {
                nested.begin(queued, i, queued.command[i], true, keyspace.nowMs());
                call(nested);
            }
            queued.clear();
        }
        if (!transactionTold && held.count() > 1) {
            tellTransaction();
        }
        if (transactionTold) {
            stream.appendExec();
        }
        append(held);
        inTransaction = false;
        client.storedAt = stream.appended();
    }

    /** Whether the commands of a transaction are running: not all they did is in the stream yet. */
    public boolean isInTransaction() {
        return inTransaction;
    }

    /** Propagates effects that no command caused: keys that cron found expired. */
    public void propagateEffects() {
        append(effects);
    }

    private void feedMonitors(Call request) {
        var now = clock.instant();
        long micros = now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
        request.feed(monitors, micros);
    }

    /** Who hears of calls that took so many nanoseconds or more. */
    public void observe(Observer who, long fromNanos) {
        observer = who;
        observedFromNanos = fromNanos;
    }

    public ExecutorStats stats() {
        return stats;
    }

    public Gates gates() {
        return gates;
    }

    public CommandTable commands() {
        return commands;
    }

    public WriteStream stream() {
        return stream;
    }

    /** Keeps the look-ahead's loads alive; the value means nothing. */
    long touched() {
        return sinkForTouches;
    }
}
