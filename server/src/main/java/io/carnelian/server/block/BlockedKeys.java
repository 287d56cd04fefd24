package io.carnelian.server.block;

import io.carnelian.server.block.Waiter.Place;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.QueuedRequests;
import io.carnelian.server.client.Registrations;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Executor;
import io.carnelian.server.info.Info;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Clients that wait for keys: BLPOP and its like. Who comes first is served first; a client may
 * wait for several keys and is served by the first that comes.
 *
 * <pre>
 *   handler: serveOrBlock ── a key is there ──► served at once, as any command
 *        │ none is
 *        ▼
 *   waits at each key                     a key is added ──► ready, in the order of coming
 *        │                                (RPUSH, RENAME, COPY, MOVE, SWAPDB …)  │
 *        ▼                                                                        ▼
 *   deadline, CLIENT UNBLOCK, end   ◄── or ──►   when the command or the transaction is done and
 *   of the connection                            told: for each ready key its waiters in a row,
 *                                                as long as it holds what they want
 * </pre>
 *
 * A waiting client keeps the words of its command. To serve it, the spine runs its {@link Service}
 * on them, and tells the effect: a BLPOP that was served is an LPOP in the stream. What that adds
 * to other keys makes those ready, and so on, until nobody can be served any more.
 *
 * <p>Only keys that are added count, with the type that their waiters want: as long as a client
 * waits for a key, the key is not there or of another type. Overwriting a value is not adding, as
 * in Redis 7.0. Source: https://redis.io/docs/latest/commands/blpop/. Command thread only.
 */
public final class BlockedKeys implements BlockedClients.Wait, Keyspace.ArrivalListener {
    /** What a waiter takes on the heap, and each of its places in a queue, roughly, in bytes. */
    private static final long WAITER_BYTES = 256;

    private static final long PLACE_BYTES = 160;

    private final Keyspace keyspace;
    private final Executor executor;
    private final BlockedClients blocked;
    private final Registrations registrations;
    private final IdentityHashMap<Client, Waiter> waiters = new IdentityHashMap<>();
    private final AwaitedKeys awaited = new AwaitedKeys();
    private final int[] waitersByType = new int[Integer.SIZE];
    private final ArrayDeque<AwaitedKey> ready = new ArrayDeque<>();
    private final Runnable serving = this::serveReady;
    private final Key probe = new Key();

    public BlockedKeys(
            Keyspace keyspace,
            Executor executor,
            BlockedClients blocked,
            Registrations registrations) {
        this.keyspace = keyspace;
        this.executor = executor;
        this.blocked = blocked;
        this.registrations = registrations;
        keyspace.arrivalListener(this);
    }

    /** Writes the counts to INFO. */
    public void addTo(Info info) {
        info.write(
                "Clients",
                to ->
                        to.put("total_blocking_keys", awaited.size())
                                .put("total_blocking_keys_on_nokey", 0));
    }

    /**
     * Serves a command by the first of its keys that holds something; if none does, its client
     * waits, unless it is part of a transaction.
     *
     * @param timeoutMs in milliseconds, 0: for ever
     * @param firstKey argument number of the first key
     * @param lastKey and of the last one
     */
    public void serveOrBlock(
            Call call, long timeoutMs, int firstKey, int lastKey, Service service) {
        for (int i = firstKey; i <= lastKey; i++) {
            if (call.db().lookupWrite(call.key(i)) != 0) {
                service.serve().end(call, i);
                return;
            }
        }
        if (!call.mayBlock()) {
            service.nothing().accept(call.reply());
            return;
        }
        block(call, timeoutMs, firstKey, lastKey, service);
    }

    private void block(Call call, long timeoutMs, int firstKey, int lastKey, Service service) {
        Client client = call.client();
        long heapBytes = WAITER_BYTES + PLACE_BYTES * (lastKey - firstKey + 1);
        registrations.require(heapBytes);
        QueuedRequests words = new QueuedRequests(client.output().allocator());
        if (!call.copyTo(words)) {
            words.free();
            throw Errors.OUT_OF_MEMORY.error();
        }
        boolean muted = call.reply().isMuted();
        Waiter waiter =
                new Waiter(
                        new Executor.Unfinished(client, call.command(), words, muted),
                        service,
                        heapBytes);
        for (int i = firstKey; i <= lastKey; i++) {
            Key key = call.key(i);
            AwaitedKey at = awaited.find(client.db().index(), key);
            if (at == null) {
                at = awaited.add(client.db().index(), key.hash);
            }
            if (!at.endsWith(waiter)) {
                at.add(new Place(waiter, at, i));
            }
        }
        waiters.put(client, waiter);
        registrations.add(client, heapBytes);
        client.registeredBytes += words.heldBytes();
        countType(service.type(), 1);
        blocked.block(client, timeoutMs, this);
    }

    private void countType(int type, int change) {
        waitersByType[type] += change;
        keyspace.awaitType(type, waitersByType[type] != 0);
    }

    @Override
    public void arrived(Database database, Key key) {
        AwaitedKey found = awaited.find(database.index(), key);
        if (found != null) {
            isReady(found);
        }
    }

    @Override
    public void swapped(Database a, Database b) {
        awaited.of(a.index()).forEach(this::isReady);
        awaited.of(b.index()).forEach(this::isReady);
    }

    private void isReady(AwaitedKey key) {
        if (!key.ready) {
            key.ready = true;
            ready.add(key);
            executor.afterCommand(serving);
        }
    }

    /** Serves whom the keys that have come can serve, and whom those make ready, and so on. */
    private void serveReady() {
        for (AwaitedKey next = ready.poll(); next != null; next = ready.poll()) {
            next.ready = false;
            serve(next);
        }
        executor.propagateEffects();
    }

    private void serve(AwaitedKey key) {
        Database db = keyspace.db(key.db);
        for (Place place = key.first(); place != null; place = place.next) {
            if (place.left) {
                continue;
            }
            long record = db.peek(AwaitedKey.name(place, probe));
            if (record == 0) {
                return;
            }
            Waiter waiter = place.waiter;
            if (Record.type(record) == waiter.service.type()) {
                executor.finish(waiter.command, waiter.service.serve(), place.argument);
                blocked.served(waiter.command.client());
            }
        }
    }

    @Override
    public void timedOut(Client client, Reply reply) {
        Waiter waiter = waiters.get(client);
        if (waiter != null && !waiter.command.muted()) {
            reply.nullArray();
        }
    }

    @Override
    public void cutShort(Client client, @Nullable ErrorReply told) {
        Waiter waiter = waiters.get(client);
        if (waiter != null) {
            executor.cutShort(waiter.command, told);
        }
    }

    @Override
    public void left(Client client) {
        Waiter waiter = waiters.remove(client);
        if (waiter == null) {
            return;
        }
        for (Place place = waiter.places; place != null; place = place.another) {
            place.key.remove(place);
            if (!place.key.isAwaited()) {
                awaited.remove(place.key);
            }
        }
        countType(waiter.service.type(), -1);
        registrations.add(client, -waiter.heapBytes);
        client.registeredBytes -= waiter.command.words().heldBytes();
        waiter.command.words().free();
    }
}
