package io.carnelian.server.tracking;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.client.Registrations;
import io.carnelian.server.client.TrackingMode;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Executor;
import io.carnelian.server.command.Flags;
import io.carnelian.server.command.Keys;
import io.carnelian.server.info.Fields;
import io.carnelian.server.info.Info;
import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Output;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.TouchListener;
import io.carnelian.server.tracking.ReadTable.Name;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells clients that a key they may have cached has changed. Two ways to be told:
 *
 * <pre>
 *   default    a read notes (key, client); the first change tells those clients, one message a
 *              key, at once, and forgets them
 *   broadcast  a client names prefixes; at the end of the turn it hears of all keys that changed
 *              under each of them, in one message, sorted
 *
 *   RESP3: &gt;2 invalidate [key …]      redirected to a RESP2 subscriber: message
 *   everything is gone: &gt;2 invalidate null      __redis__:invalidate [key …]
 * </pre>
 *
 * A client hears of its own change after that command's reply. The table of reads has a limit, so
 * beyond it some keys are given up as if they had changed, or all when the heap is full of them.
 * Source: https://redis.io/docs/latest/develop/reference/client-side-caching/. Command thread only.
 */
public final class Tracking implements TouchListener {
    private static final byte[] INVALIDATE = Reply.ascii("invalidate");
    private static final byte[] BROKEN = Reply.ascii("tracking-redir-broken");
    private static final byte[] MESSAGE = Reply.ascii("message");
    private static final byte[] CHANNEL = Reply.ascii("__redis__:invalidate");
    private static final int GIVEN_UP_A_TURN = 1000;

    /** Memory of a prefix beside its bytes, roughly. */
    private static final long PREFIX_BYTES = 300;

    /** Memory of a changed key beside its name, roughly. */
    private static final long CHANGE_BYTES = 100;

    /**
     * One prefix: who wants it, and what changed under it in this turn, and by whom last: who did
     * that knows the value, whoever else has changed the key before.
     */
    private static final class Prefix {
        final Set<Client> clients = new LinkedHashSet<>();
        final Map<Name, Client> changed = new LinkedHashMap<>();
        long changedBytes;
    }

    private final Keyspace keyspace;
    private final Executor executor;
    private final Clients clients;
    private final LongSupplier maxKeys;
    private final Reply writer;
    private final Client nobody;
    private final Set<Client> tracking = new LinkedHashSet<>();
    private final ReadTable reads;
    private final Registrations registrations;
    private final Map<Name, Prefix> prefixes =
            new TreeMap<>((a, b) -> Arrays.compareUnsigned(a.bytes(), b.bytes()));
    private boolean anyChanged;
    private long flushedAtCommand = -1;

    /**
     * @param maxKeys {@code tracking-table-max-keys}, 0: no limit
     * @param nobody stands for changes that no client made
     */
    public Tracking(
            Keyspace keyspace,
            Executor executor,
            Clients clients,
            LongSupplier maxKeys,
            ByteBufAllocator allocator,
            Client nobody,
            Registrations registrations) {
        this.keyspace = keyspace;
        this.executor = executor;
        this.clients = clients;
        this.maxKeys = maxKeys;
        this.writer = new Reply(new Output(allocator));
        this.nobody = nobody;
        this.registrations = registrations;
        this.reads = new ReadTable(registrations);
        keyspace.addTouchListener(this);
        executor.onTrackedCall(this::called);
    }

    public void addTo(Info info) {
        info.write("Clients", to -> to.put("tracking_clients", tracking.size()));
        info.write("Stats", this::stats);
    }

    private void stats(Fields to) {
        to.put("tracking_total_keys", reads.keys());
        to.put("tracking_total_items", reads.items());
        to.put("tracking_total_prefixes", prefixes.size());
    }

    // ---- who tracks

    /** Throws the error for the client if there is no room for the prefixes that it names. */
    void requireRoom(List<byte[]> named) {
        long bytes = 0;
        for (byte[] prefix : named) {
            bytes += PREFIX_BYTES + prefix.length;
        }
        registrations.require(bytes);
    }

    /** Begins tracking, or changes how; prefixes of before stay. */
    void enable(Client client, TrackingMode mode) {
        client.tracking = mode;
        tracking.add(client);
        for (byte[] bytes : mode.prefixes) {
            Prefix prefix = prefixes.computeIfAbsent(new Name(bytes), n -> new Prefix());
            if (prefix.clients.add(client)) {
                registrations.add(client, PREFIX_BYTES + bytes.length);
            }
        }
        keyspace.tellTouches(this, true);
    }

    /** Ends tracking: RESET, CLIENT TRACKING off, or the connection has ended. */
    public void disable(Client client) {
        TrackingMode mode = client.tracking;
        if (mode == null) {
            return;
        }
        for (byte[] bytes : mode.prefixes) {
            Name name = new Name(bytes);
            Prefix prefix = prefixes.get(name);
            if (prefix != null && prefix.clients.remove(client)) {
                registrations.add(client, -(PREFIX_BYTES + bytes.length));
                if (prefix.clients.isEmpty()) {
                    forget(prefix);
                    prefixes.remove(name);
                }
            }
        }
        client.tracking = null;
        tracking.remove(client);
        if (tracking.isEmpty()) {
            reads.clear();
            keyspace.tellTouches(this, false);
        }
    }

    // ---- reads

    /** A tracking client's command has run. */
    private void called(Call call) {
        TrackingMode mode = call.client().tracking;
        if (mode == null) {
            return;
        }
        if ((call.command().flags() & Flags.READONLY) != 0 && mode.remembers()) {
            remember(call);
        }
        boolean inTransaction = call.isNested() || call.client().transaction() != null;
        mode.done(call.command().fullName(), inTransaction);
    }

    private void remember(Call call) {
        Keys keys = call.command().keys();
        if (keys.first() != 0) {
            int last = keys.last() < 0 ? call.argc() + keys.last() : keys.last();
            for (int i = keys.first(); i <= Math.min(last, call.argc() - 1); i += keys.step()) {
                remember(call, i);
            }
        }
        if (keys.countAt() != 0) {
            int most = call.argc() - 1 - keys.countAt();
            int count = count(call, keys.countAt(), most);
            for (int i = 1; i <= count; i++) {
                remember(call, keys.countAt() + i);
            }
        }
    }

    /** The number of keys that an argument gives; 0 if the command was refused because of it. */
    private static int count(Call call, int i, int most) {
        if (!Decimal.isCanonical(call.address(i), call.length(i))) {
            return 0;
        }
        long count = Decimal.parse(call.address(i), call.length(i));
        return count > most ? 0 : (int) Math.max(0, count);
    }

    private void remember(Call call, int i) {
        Name name = new Name(call.bytes(i));
        if (!reads.hasRoom(name)) {
            forgetReads();
        }
        if (reads.hasRoom(name)) {
            reads.add(name, call.client().id());
        }
    }

    // ---- changes

    @Override
    public void touched(Database database, Key key) {
        byte[] bytes = new byte[key.length];
        Memory.copyOut(key.address, bytes, 0, bytes.length);
        Name name = new Name(bytes);
        Client by = executor.replyingTo();
        Client noted = by == null || keyspace.isDropping() ? nobody : by;
        prefixes.forEach((start, prefix) -> {
            if (name.startsWith(start.bytes())) {
                note(prefix, name, noted);
            }
        });
        tellReaders(name, by);
    }

    /** When the heap is full of names, all keys have changed: that takes no names. */
    private void note(Prefix prefix, Name name, Client by) {
        if (!reads.hasRoom(name)) {
            forget(prefix);
            for (Client client : prefix.clients) {
                TrackingMode mode = client.tracking;
                if (mode != null) {
                    send(client, mode, null);
                }
            }
        }
        if (reads.hasRoom(name) && prefix.changed.put(name, by) == null) {
            prefix.changedBytes += CHANGE_BYTES + name.bytes().length;
            registrations.add(CHANGE_BYTES + name.bytes().length);
            anyChanged = true;
        }
    }

    private void forget(Prefix prefix) {
        registrations.add(-prefix.changedBytes);
        prefix.changedBytes = 0;
        prefix.changed.clear();
    }

    private void tellReaders(Name name, @Nullable Client by) {
        for (long id : reads.remove(name)) {
            Client reader = clients.find(id);
            TrackingMode mode = reader == null ? null : reader.tracking;
            if (reader == null || mode == null || mode.broadcast) {
                continue;
            }
            if (!(mode.noLoop && reader == by)) {
                send(reader, mode, new byte[][] {name.bytes()});
            }
        }
    }

    @Override
    public void aboutToFlush(Database database) {
        long command = executor.stats().commands();
        if (command != flushedAtCommand || executor.replyingTo() == null) {
            flushedAtCommand = command;
            forgetReads();
        }
    }

    /**
     * Everything may have changed: so it is after a flush, and when the heap has no room for more
     * of the table, since telling of single keys would need more of it.
     */
    private void forgetReads() {
        reads.clear();
        for (Client client : tracking) {
            TrackingMode mode = client.tracking;
            if (mode != null) {
                send(client, mode, null);
            }
        }
    }

    @Override
    public void aboutToSwap(Database a, Database b) {}

    /** Sends what has gathered under the prefixes, and keeps the table within its limit. */
    public void endOfTurn() {
        if (anyChanged) {
            anyChanged = false;
            prefixes.values().forEach(this::broadcast);
        }
        long limit = maxKeys.getAsLong();
        for (int i = 0; limit > 0 && reads.keys() > limit && i < GIVEN_UP_A_TURN; i++) {
            tellReaders(reads.any(), null);
        }
    }

    private void broadcast(Prefix prefix) {
        if (prefix.changed.isEmpty()) {
            return;
        }
        for (Client client : prefix.clients) {
            TrackingMode mode = client.tracking;
            if (mode == null) {
                continue;
            }
            byte[][] names =
                    prefix.changed.entrySet().stream()
                            .filter(e -> !(mode.noLoop && e.getValue() == client))
                            .map(e -> e.getKey().bytes())
                            .sorted(Arrays::compareUnsigned)
                            .toArray(byte[][]::new);
            if (names.length > 0) {
                send(client, mode, names);
            }
        }
        forget(prefix);
    }

    /** {@code names} null: everything. */
    private void send(Client client, TrackingMode mode, byte @Nullable [][] names) {
        Client hears = mode.redirect == 0 ? client : clients.find(mode.redirect);
        if (hears == null || hears.closing) {
            mode.broken = true;
            if (client.resp3) {
                whenReplied(client, () -> broken(client, mode.redirect));
            }
        } else if (hears.resp3 || (hears != client && hears.isSubscriber())) {
            whenReplied(hears, () -> write(hears, names));
        }
    }

    /** Never into the middle of a reply. */
    private void whenReplied(Client client, Runnable write) {
        if (executor.replyingTo() == client) {
            executor.afterReply(write);
        } else {
            write.run();
        }
    }

    private void broken(Client client, long redirect) {
        writer.target(client.output(), client.resp3);
        writer.push(2);
        writer.bulk(BROKEN);
        writer.integer(redirect);
        client.link().outputReady();
    }

    private void write(Client client, byte @Nullable [][] names) {
        if (client.closing) {
            return;
        }
        client.toldOfChanges = true;
        writer.target(client.output(), client.resp3);
        if (client.resp3) {
            writer.push(2);
            writer.bulk(INVALIDATE);
        } else {
            writer.array(3);
            writer.bulk(MESSAGE);
            writer.bulk(CHANNEL);
        }
        if (names == null) {
            writer.nullBulk();
        } else {
            writer.array(names.length);
            for (byte[] name : names) {
                writer.bulk(name);
            }
        }
        client.link().outputReady();
    }
}
