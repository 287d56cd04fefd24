package io.carnelian.server;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.client.NoLink;
import io.carnelian.server.command.Batch;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Effects;
import io.carnelian.server.command.Executor;
import io.carnelian.server.command.Gates;
import io.carnelian.server.feed.Monitors;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.notify.Notifications;
import io.carnelian.server.resp.Output;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBufAllocator;
import java.time.InstantSource;

/**
 * The parts of a server without sockets, disk or peers, put together: keyspace, command table,
 * spine, write stream. A unit test makes one in a millisecond; the composition root adds modules,
 * configuration and the network. Parts are handed out one by one: nothing but a composition root
 * holds this object.
 */
public final class Server {
    private final Keyspace keyspace;
    private final CommandTable commands = new CommandTable();
    private final Gates gates = new Gates();
    private final Monitors monitors = new Monitors();
    private final Clients clients = new Clients();
    private final Cron cron = new Cron();
    private final Notifications notifications;
    private final WriteStream stream;
    private final Effects effects;
    private final Reply reply;
    private final Executor executor;
    private final Client nobody;

    /**
     * @param keyspace empty or loaded; this server owns it from here on
     * @param clock wall-clock time
     * @param allocator for output chunks, effects and stream blocks
     */
    public Server(Keyspace keyspace, InstantSource clock, ByteBufAllocator allocator) {
        this.keyspace = keyspace;
        this.notifications = new Notifications(keyspace);
        this.stream = new WriteStream(allocator);
        this.effects = new Effects(allocator);
        this.reply = new Reply(new Output(allocator));
        nobody = new Client(0, new Output(allocator), new NoLink(), keyspace.db(0), clock.millis());
        Call call = new Call(keyspace, reply, effects, notifications, new Batch(), nobody);
        Call nested = new Call(keyspace, reply, effects, notifications, new Batch(), nobody);
        Call resumed = new Call(keyspace, reply, effects, notifications, new Batch(), nobody);
        this.executor =
                new Executor(
                        commands, gates, keyspace, stream, monitors, clock, call, nested, resumed,
                        allocator);
        keyspace.expiredListener(this::expired);
    }

    private void expired(Database db, Key key) {
        effects.expired(db, key);
        notifications.tell(KeyspaceEvent.EXPIRED, db, key);
    }

    /** The client of everything that no client did. */
    public Client nobody() {
        return nobody;
    }

    public Keyspace keyspace() {
        return keyspace;
    }

    public CommandTable commands() {
        return commands;
    }

    public Gates gates() {
        return gates;
    }

    public Monitors monitors() {
        return monitors;
    }

    public Clients clients() {
        return clients;
    }

    public Cron cron() {
        return cron;
    }

    public Notifications notifications() {
        return notifications;
    }

    public WriteStream stream() {
        return stream;
    }

    public Effects effects() {
        return effects;
    }

    public Reply reply() {
        return reply;
    }

    public Executor executor() {
        return executor;
    }
}
