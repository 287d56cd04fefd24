package io.carnelian.replication.primary;

import io.carnelian.replication.Mailbox;
import io.carnelian.server.client.Client;
import io.carnelian.server.resp.Reply;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

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
    private final List<Wait> waits = new ArrayList<>();
    private boolean posted;

    Waits(Mailbox mailbox, Replicas replicas, Reply reply) {
        this.mailbox = mailbox;
        this.replicas = replicas;
        this.reply = reply;
    }

    /** Makes a client wait; {@code timeoutMs} 0: for ever. */
    void add(Client client, long offset, long wanted, long nowMs, long timeoutMs) {
        client.waiting = true;
        waits.add(
                new Wait(
                        client,
                        offset,
                        wanted,
                        timeoutMs == 0 ? Long.MAX_VALUE : nowMs + timeoutMs));
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
        long nowMs = System.currentTimeMillis();
        List<Wait> over = new ArrayList<>();
        for (Iterator<Wait> i = waits.iterator(); i.hasNext(); ) {
            Wait wait = i.next();
            if (nowMs >= wait.deadlineMs || replicas.acknowledged(wait.offset) >= wait.replicas) {
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
