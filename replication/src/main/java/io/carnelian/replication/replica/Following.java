package io.carnelian.replication.replica;

import io.carnelian.replication.LocalStore;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.command.Executor;
import io.carnelian.server.net.Dialer;
import io.carnelian.server.net.StreamApplier;
import io.carnelian.server.resp.Output;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The primary's stream being applied: the client that stands for it, which obeys no gate and gets
 * no replies, and the database that it has selected, which outlives a connection. Command thread
 * only.
 */
public final class Following {
    /** During a pause the stream waits here; when so much does, the rest waits in the socket. */
    private static final long MAX_HELD_BYTES = 1 << 20;

    private final Keyspace keyspace;
    private final Executor executor;
    private final Clients clients;
    private final ByteBufAllocator allocator;
    private final Consumer<Client> onGone;
    private final UpstreamLog log = new UpstreamLog();
    private @Nullable Client client;
    private @Nullable StreamApplier applier;
    private Dialer.@Nullable Wire wire;
    private boolean resting;
    private boolean broken;
    private boolean incomplete;
    private int db;
    private boolean wish;
    private LocalStore store = LocalStore.NONE;

    /**
     * @param onGone hears that the client has gone, as of one whose connection has ended
     */
    public Following(
            Keyspace keyspace,
            Executor executor,
            Clients clients,
            ByteBufAllocator allocator,
            Consumer<Client> onGone) {
        this.keyspace = keyspace;
        this.executor = executor;
        this.clients = clients;
        this.allocator = allocator;
        this.onGone = onGone;
    }

    /** The stream comes by this connection from now on. */
    void begin(Dialer.Wire by) {
        Client made =
                new Client(
                        clients.newId(),
                        new Output(allocator),
                        new PrimaryLink(by),
                        keyspace.db(db),
                        keyspace.nowMs());
        made.authenticated = true;
        made.primary = true;
        made.obeys = 0;
        made.replies = Client.REPLIES_OFF;
        clients.add(made);
        client = made;
        wire = by;
        applier = new StreamApplier(executor, keyspace, allocator, made);
        applier.onGoneOn(this::readOn);
    }

    /** The next bytes of the stream; takes them over. */
    void apply(ByteBuf bytes) {
        StreamApplier there = applier;
        if (there == null) {
            bytes.release();
            return;
        }
        long before = executor.stats().errors();
        there.apply(bytes);
        long errors = executor.stats().errors() - before;
        if (errors > 0) {
            String error = String.valueOf(executor.stats().lastError());
            log.repliedWithError(errors, error, executor.stats().lastFailed());
        }
        if (keyspace.isFrozen() && there.unsettledBytes() > MAX_HELD_BYTES) {
            reads(false);
        }
    }

    private void readOn() {
        if (resting) {
            reads(true);
        }
    }

    private void reads(boolean on) {
        resting = !on;
        if (wire != null) {
            wire.reads(on);
        }
    }

    /** Whether the socket is not read because of a pause: silence says nothing then. */
    boolean isResting() {
        return resting;
    }

    /** Whether the connection that has just ended brought something that was no stream. */
    boolean wasBroken() {
        return broken;
    }

    /** Whether memory ran out for something that the connection brought that has just ended. */
    boolean wasIncomplete() {
        return incomplete;
    }

    /** The connection has ended: what is not whole is forgotten, as it will come again. */
    void end() {
        Client gone = client;
        StreamApplier ended = applier;
        client = null;
        applier = null;
        wire = null;
        wish = false;
        resting = false;
        if (gone != null) {
            db = gone.db().index();
            gone.closing = true;
            clients.remove(gone);
            onGone.accept(gone);
            gone.output().discard();
        }
        broken = ended != null && ended.isBroken();
        incomplete = ended != null && ended.isIncomplete();
        if (ended != null) {
            ended.close();
        }
    }

    /** The database that the stream is in where it goes on next. */
    void db(int index) {
        db = index;
    }

    int dbIndex() {
        Client there = client;
        return there == null ? db : there.db().index();
    }

    /** What says how far the stream is on our own disk. */
    public void store(LocalStore local) {
        store = local;
    }

    /** The words that tell the primary how far we are. */
    List<String> acknowledgement() {
        String offset = Long.toString(executor.stream().offset());
        long stored = store.storedOffset();
        return stored < 0
                ? List.of("REPLCONF", "ACK", offset)
                : List.of("REPLCONF", "ACK", offset, "FACK", Long.toString(stored));
    }

    void acknowledgeSoon() {
        wish = true;
    }

    /** Whether the primary has asked how far we are; once. */
    boolean takeWish() {
        boolean asked = wish;
        wish = false;
        return asked;
    }

    long unsettledBytes() {
        return applier == null ? 0 : applier.unsettledBytes();
    }

    @Nullable Client client() {
        return client;
    }
}
