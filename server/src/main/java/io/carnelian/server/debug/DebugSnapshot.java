package io.carnelian.server.debug;

import io.carnelian.server.client.Client;
import io.carnelian.server.command.Call;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;
import io.carnelian.server.table.Record;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;

/**
 * DEBUG SNAPSHOT: takes a cut, walks it on another thread, and answers what that cost. For
 * measurements.
 *
 * <pre>
 *   command thread   cut ── client waits ── other clients go on ─── answer, client goes on
 *   walker            └────── walk every database ────────────────┘ message
 * </pre>
 */
public final class DebugSnapshot {
    private final Keyspace keyspace;
    private final Reply reply;
    private final Consumer<Runnable> mailbox;
    private final ThreadFactory threads;

    /** {@code mailbox} runs a task on the command thread; from any thread. */
    public DebugSnapshot(
            Keyspace keyspace, Reply reply, Consumer<Runnable> mailbox, ThreadFactory threads) {
        this.keyspace = keyspace;
        this.reply = reply;
        this.mailbox = mailbox;
        this.threads = threads;
    }

    public void addTo(DebugCommands debug) {
        debug.add("snapshot", 2, 2, this::run);
    }

    private void run(Call call) {
        Client client = call.client();
        long start = System.nanoTime();
        Snapshot snapshot = keyspace.cut();
        long cutMicros = (System.nanoTime() - start) / 1000;
        client.waiting = true;
        threads.newThread(() -> walkAndReport(client, snapshot, cutMicros)).start();
    }

    private void walkAndReport(Client client, Snapshot snapshot, long cutMicros) {
        long start = System.nanoTime();
        long bytes = walk(snapshot);
        long walkMs = (System.nanoTime() - start) / 1_000_000;
        mailbox.accept(() -> done(client, snapshot, cutMicros, walkMs, bytes));
    }

    /** Reads the length of every value, as an encoder would; returns their sum. */
    private static long walk(Snapshot snapshot) {
        long[] bytes = new long[1];
        for (int i = 0; i < snapshot.databases(); i++) {
            snapshot.walk(i, record -> bytes[0] += Record.valueLength(record));
        }
        return bytes[0];
    }

    private void done(
            Client client, Snapshot snapshot, long cutMicros, long walkMs, long valueBytes) {
        long limbo = keyspace.epochs().limboBytes();
        keyspace.end(snapshot);
        client.waiting = false;
        if (client.closing) {
            return;
        }
        reply.target(client.output(), client.resp3);
        reply.map(5);
        field("cut_us", cutMicros);
        field("walk_ms", walkMs);
        field("keys", snapshot.walkedKeys());
        field("value_bytes", valueBytes);
        field("limbo_peak_bytes", limbo);
        client.link().outputReady();
        client.link().resume();
    }

    private void field(String name, long value) {
        reply.bulk(name);
        reply.integer(value);
    }
}
