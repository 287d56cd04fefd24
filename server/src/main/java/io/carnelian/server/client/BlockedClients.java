package io.carnelian.server.client;

import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Output;
import io.carnelian.server.resp.Reply;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The clients whose command waits for something: WAIT for replicas, BLPOP for elements, everybody
 * for the end of a pause. While a client is in here the executor keeps its further requests for
 * later. Who makes a client wait gives a {@link Wait}, which hears how it ends:
 *
 * <pre>
 *             ┌─ served: the reply is written ─────────────────┐
 *   block ──► ├─ deadline, CLIENT UNBLOCK TIMEOUT: timedOut ───┼─► left ─► in the next turn
 *             ├─ CLIENT UNBLOCK ERROR: -UNBLOCKED … ───────────┘   its requests run on
 *             └─ forget: the connection has ended ─────────────► left
 * </pre>
 *
 * The requests that were kept run in a turn of their own, because whoever ends a wait is mostly a
 * command itself. Command thread only.
 */
public final class BlockedClients {
    private static final ErrorReply UNBLOCKED =
            ErrorReply.of("UNBLOCKED client unblocked via CLIENT UNBLOCK");

    /** What a write that has waited is answered when this server has become a replica. */
    public static final ErrorReply ROLE_CHANGED =
            ErrorReply.of(
                    "UNBLOCKED force unblock from blocking operation, instance state changed"
                            + " (master -> replica?)");

    /** One client's reason to wait. */
    public interface Wait {
        /** Writes what the command answers when its time is over. */
        void timedOut(Client client, Reply reply);

        /** It waits no longer, whatever the reason: nobody should look for it here any more. */
        void left(Client client);

        /**
         * CLIENT UNBLOCK is about to end it.
         *
         * @param told the error for the client, null if it is told as if its time were over
         */
        default void cutShort(Client client, @Nullable ErrorReply told) {}

        /** Whether CLIENT UNBLOCK may end it. */
        default boolean mayBeUnblocked() {
            return true;
        }
    }

    /**
     * @param deadlineMs milliseconds since 1970, {@link Long#MAX_VALUE}: none
     * @param number tells clients with the same deadline apart, the earlier first
     */
    private record Entry(Client client, Wait reason, long deadlineMs, long number) {
        static int compare(Entry a, Entry b) {
            int byTime = Long.compare(a.deadlineMs, b.deadlineMs);
            return byTime != 0 ? byTime : Long.compare(a.number, b.number);
        }
    }

    private final Mailbox mailbox;
    private final LongSupplier nowMs;
    private final Reply reply;
    private final IdentityHashMap<Client, Entry> entries = new IdentityHashMap<>();
    private final TreeSet<Entry> deadlines = new TreeSet<>(Entry::compare);
    private List<Client> leaving = new ArrayList<>();
    private long numbers;
    private long nextCheckMs = Long.MAX_VALUE;

    /**
     * @param nowMs milliseconds since 1970, of this turn
     */
    public BlockedClients(Mailbox mailbox, LongSupplier nowMs, ByteBufAllocator allocator) {
        this.mailbox = mailbox;
        this.nowMs = nowMs;
        this.reply = new Reply(new Output(allocator));
    }

    /**
     * Makes a client wait from now on; its command writes no reply.
     *
     * @param timeoutMs in milliseconds, 0: for ever
     */
    public void block(Client client, long timeoutMs, Wait wait) {
        if (entries.containsKey(client)) {
            throw new IllegalStateException(client + " waits already");
        }
        long now = nowMs.getAsLong();
        boolean ends = timeoutMs > 0 && timeoutMs < Long.MAX_VALUE - now;
        Entry entry = new Entry(client, wait, ends ? now + timeoutMs : Long.MAX_VALUE, numbers++);
        client.waiting = true;
        entries.put(client, entry);
        if (ends) {
            deadlines.add(entry);
            checkAt(entry.deadlineMs);
        }
    }

    private void checkAt(long deadlineMs) {
        if (deadlineMs < nextCheckMs) {
            nextCheckMs = deadlineMs;
            mailbox.postAfter(this::checkDeadlines, Math.max(0, deadlineMs - nowMs.getAsLong()));
        }
    }

    private void checkDeadlines() {
        nextCheckMs = Long.MAX_VALUE;
        long now = nowMs.getAsLong();
        while (!deadlines.isEmpty() && deadlines.first().deadlineMs <= now) {
            timeOut(deadlines.first());
        }
        if (!deadlines.isEmpty()) {
            checkAt(deadlines.first().deadlineMs);
        }
    }

    private void timeOut(Entry entry) {
        entry.reason.timedOut(entry.client, replyTo(entry.client));
        served(entry.client);
    }

    /** The client got what it waited for and its reply is written, or it needs none. */
    public void served(Client client) {
        if (remove(client) != null) {
            client.link().outputReady();
            if (leaving.isEmpty()) {
                mailbox.post(this::runOn);
            }
            leaving.add(client);
        }
    }

    /**
     * CLIENT UNBLOCK: ends a wait before its time.
     *
     * @param withError tells the client so, instead of what its command answers when time is over
     * @return false if the client does not wait, or for something that can't be cut short
     */
    public boolean unblock(Client client, boolean withError) {
        Entry entry = entries.get(client);
        if (entry == null || !entry.reason.mayBeUnblocked()) {
            return false;
        }
        entry.reason.cutShort(client, withError ? UNBLOCKED : null);
        if (withError) {
            replyTo(client).error(UNBLOCKED);
            served(client);
        } else {
            timeOut(entry);
        }
        return true;
    }

    /**
     * This node has become a replica: what the clients wait for will not happen here. They are told
     * so and closed, but those in a pause.
     */
    public void disconnectAll() {
        for (Entry entry : List.copyOf(entries.values())) {
            if (entry.reason.mayBeUnblocked()) {
                replyTo(entry.client).error(ROLE_CHANGED);
                served(entry.client);
                entry.client.closeAfterReply();
            }
        }
    }

    /** Where to write what a waiting client is to read. */
    public Reply replyTo(Client client) {
        if (client.replies == Client.REPLIES_OFF) {
            reply.dropMuted();
            reply.mute();
        } else {
            reply.target(client.output(), client.resp3);
        }
        return reply;
    }

    /** The client's connection has ended. */
    public void forget(Client client) {
        remove(client);
    }

    private @Nullable Entry remove(Client client) {
        Entry entry = entries.remove(client);
        if (entry != null) {
            deadlines.remove(entry);
            entry.reason.left(client);
        }
        return entry;
    }

    /** Runs what the clients have sent while they waited. */
    private void runOn() {
        List<Client> free = leaving;
        leaving = new ArrayList<>();
        for (Client client : free) {
            if (!client.closing) {
                client.waiting = false;
                client.link().resume();
            }
        }
    }

    public boolean isBlocked(Client client) {
        return entries.containsKey(client);
    }

    /** How many clients wait. */
    public int size() {
        return entries.size();
    }

    /** How many of them for a limited time. */
    public int withDeadline() {
        return deadlines.size();
    }
}
