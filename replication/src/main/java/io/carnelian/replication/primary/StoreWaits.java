package io.carnelian.replication.primary;

import io.carnelian.replication.LocalStore;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Reply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Who has the stream on a disk, and clients in WAITAOF: each wants what it wrote to be on this
 * server's disk, or on those of a number of replicas, or both, and is told who has it when that is
 * so, or when its time is over. Command thread only.
 */
public final class StoreWaits implements BlockedClients.Wait {
    static final ErrorReply NO_AOF =
            ErrorReply.of(
                    "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");

    private record Wanted(long offset, long local, long replicas) {}

    private final BlockedClients blocked;
    private final Replicas replicas;
    private final WriteStream stream;
    private final byte[] question;
    private final Map<Client, Wanted> waits = new LinkedHashMap<>();
    private LocalStore store = LocalStore.NONE;
    private LongSupplier released = () -> Long.MAX_VALUE;

    /**
     * @param question what replicas are asked by: how far they are
     */
    StoreWaits(BlockedClients blocked, Replicas replicas, WriteStream stream, byte[] question) {
        this.blocked = blocked;
        this.replicas = replicas;
        this.stream = stream;
        this.question = question;
    }

    /** What says how far this server is; {@link #progressed} when it is further. */
    public void store(LocalStore local) {
        store = local;
    }

    /**
     * How far replicas may read the stream: nobody shall be ahead of what a crash leaves here;
     * {@link #progressed} when that has grown.
     */
    public void releasedBy(LongSupplier source) {
        released = source;
    }

    long released() {
        return released.getAsLong();
    }

    boolean isOn() {
        return store.isOn();
    }

    private int local(long offset) {
        return store.storedOffset() >= offset ? 1 : 0;
    }

    private boolean isDone(Wanted wanted) {
        return local(wanted.offset) >= wanted.local
                && replicas.stored(wanted.offset) >= wanted.replicas;
    }

    /** The file that it waits for has been given up meanwhile. */
    private boolean isInVain(Wanted wanted) {
        return wanted.local > 0 && !store.isOn();
    }

    /** WAITAOF: false if all that is wanted is so already; else the client waits. */
    boolean waits(Client client, long local, long wantedReplicas, long timeoutMs) {
        Wanted wanted = new Wanted(knownTo(client), local, wantedReplicas);
        if (isDone(wanted)) {
            return false;
        }
        waits.put(client, wanted);
        blocked.block(client, timeoutMs, this);
        if (wantedReplicas > 0 && replicas.size() > 0) {
            stream.appendRaw(question);
        }
        return true;
    }

    boolean isEmpty() {
        return waits.isEmpty();
    }

    /** {@code REPLCONF ACK n FACK m}: a following replica has the stream on its disk up to m. */
    void stored(Client client, long offset) {
        Replica replica = replicas.find(client);
        if (replica != null && replica.isFollowing()) {
            replica.storedOffset = Math.max(replica.storedOffset, offset);
            serve();
        }
    }

    /** More is on this server's disk. */
    public void progressed() {
        replicas.pump();
        serve();
    }

    private void serve() {
        if (waits.isEmpty()) {
            return;
        }
        List<Client> done = new ArrayList<>();
        waits.forEach((client, wanted) -> {
            if (isDone(wanted) || isInVain(wanted)) {
                done.add(client);
            }
        });
        for (Client client : done) {
            Wanted wanted = waits.get(client);
            if (wanted != null && isInVain(wanted)) {
                blocked.replyTo(client).error(NO_AOF);
            } else {
                timedOut(client, blocked.replyTo(client));
            }
            blocked.served(client);
        }
    }

    /** Who has what the client wrote or read: this server, so many replicas. */
    void tell(Client client, Reply reply) {
        tell(knownTo(client), reply);
    }

    private long knownTo(Client client) {
        return stream.offsetAt(client.knownAt());
    }

    private void tell(long offset, Reply reply) {
        reply.array(2);
        reply.integer(local(offset));
        reply.integer(replicas.stored(offset));
    }

    /** Early or late, the answer is who has it. */
    @Override
    public void timedOut(Client client, Reply reply) {
        Wanted wanted = waits.get(client);
        if (wanted != null) {
            tell(wanted.offset, reply);
        }
    }

    @Override
    public void left(Client client) {
        waits.remove(client);
    }
}
