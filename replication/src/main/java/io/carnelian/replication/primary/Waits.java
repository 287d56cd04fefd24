package io.carnelian.replication.primary;

import io.carnelian.replication.Mailbox;
import io.carnelian.server.client.Client;
import io.carnelian.server.resp.Reply;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Clients in WAIT: each wants a number of replicas to have acknowledged the stream up to an offset.
 * They are answered in a turn of their own, because their postponed requests run at once. Command
 * thread only.
 */
final class Waits {
    /**
     * @param deadlineMs milliseconds since 1970, {@link Long#MAX_VALUE}: none
     */
    private record Wait(Client client, long offset, long replicas, long deadlineMs) {}

    private final Mailbox mailbox;
    private final Replicas replicas;
    private final Reply reply;
    private final LongSupplier nowMs;
    private final List<Wait> waits = new ArrayList<>();
    private boolean posted;

    /**
     * @param nowMs milliseconds since 1970, of this turn
     */
    Waits(Mailbox mailbox, Replicas replicas, Reply reply, LongSupplier nowMs) {
        this.mailbox = mailbox;
        this.replicas = replicas;
        this.reply = reply;
        this.nowMs = nowMs;
    }

    /** Makes a client wait; {@code timeoutMs} 0: for ever. */
    void add(Client client, long offset, long wanted, long timeoutMs) {
        client.waiting = true;
        waits.add(
                new Wait(
                        client,
                        offset,
                        wanted,
                        timeoutMs == 0 ? Long.MAX_VALUE : nowMs.getAsLong() + timeoutMs));
        if (timeoutMs > 0) {
            mailbox.postAfter(this::acknowledged, timeoutMs);
        }
    }

    /** Somebody acknowledged something, or somebody's time is over. */
    void acknowledged() {
        if (!waits.isEmpty() && !posted) {
            posted = true;
            mailbox.post(this::answer);
        }
    }

    void closed(Client client) {
        waits.removeIf(wait -> wait.client.equals(client));
    }

    private void answer() {
        posted = false;
        long now = nowMs.getAsLong();
        List<Wait> over = new ArrayList<>();
        for (Iterator<Wait> i = waits.iterator(); i.hasNext(); ) {
            Wait wait = i.next();
            if (now >= wait.deadlineMs || replicas.acknowledged(wait.offset) >= wait.replicas) {
                i.remove();
                over.add(wait);
            }
        }
        for (Wait wait : over) {
            Client client = wait.client;
            client.waiting = false;
            reply.target(client.output(), client.resp3);
            reply.integer(replicas.acknowledged(wait.offset));
            client.link().outputReady();
            client.link().resume();
        }
    }
}
