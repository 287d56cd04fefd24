package io.carnelian.ops;

import io.carnelian.server.Lifecycle;
import io.carnelian.server.Server;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.commands.CounterCommands;
import io.carnelian.server.commands.DatabaseCommands;
import io.carnelian.server.commands.ExpireCommands;
import io.carnelian.server.commands.KeyCommands;
import io.carnelian.server.commands.ObjectCommands;
import io.carnelian.server.commands.StringCommands;
import io.carnelian.server.commands.StringRangeCommands;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.net.CommandLoop;
import io.carnelian.server.net.ConnectionPolicy;
import io.carnelian.server.net.Network;
import io.carnelian.server.net.ProtocolLimits;
import io.carnelian.server.net.Transport;
import io.carnelian.server.pubsub.PubSub;
import io.carnelian.server.pubsub.PubSubCommands;
import io.carnelian.server.settings.NetSettings;
import io.carnelian.server.settings.ServerSettings;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.tx.TransactionCommands;
import io.carnelian.server.tx.Watches;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import java.net.BindException;
import java.time.InstantSource;

/**
 * The composition root: makes every part and connects them, in order, on one screen. Nothing else
 * in the project knows all parts.
 */
final class Bootstrap {
    private final ServerSettings settings;
    private final Server server;
    private final Lifecycle lifecycle;
    private final Network network;
    private final CommandLoop loop;

    Bootstrap(ServerSettings settings, Runnable exit) {
        this.settings = settings;
        NetSettings net = settings.net;
        Transport transport = Transport.choose(net.ioTransport.text());
        Keyspace keyspace =
                new Keyspace(new Slabs(new Pages()), settings.keyspace.databases.intValue());
        server = new Server(keyspace, InstantSource.system(), PooledByteBufAllocator.DEFAULT);
        lifecycle = new Lifecycle(exit);
        Watches watches = new Watches(keyspace);
        PubSub pubSub = new PubSub(PooledByteBufAllocator.DEFAULT);
        TransactionCommands transactions = new TransactionCommands(server.executor(), watches);

        CommandTable commands = server.commands();
        new StringCommands().addTo(commands);
        new StringRangeCommands(() -> net.protoMaxBulkLen.value).addTo(commands);
        new CounterCommands().addTo(commands);
        new KeyCommands().addTo(commands);
        new ExpireCommands().addTo(commands);
        new ObjectCommands(settings.keyspace::integersShared).addTo(commands);
        new DatabaseCommands(() -> settings.keyspace.lazyUserFlush.on).addTo(commands);
        Toggle lazyExpire = settings.keyspace.lazyExpire;
        server.effects().setLazyExpire(lazyExpire.on);
        lazyExpire.onApply(() -> server.effects().setLazyExpire(lazyExpire.on));
        transactions.addTo(commands, server.gates());
        new PubSubCommands(pubSub).addTo(commands, server.gates());

        MultiThreadIoEventLoopGroup commandGroup = Network.newCommandGroup(transport);
        loop =
                new CommandLoop(
                        (SingleThreadEventLoop) commandGroup.next(), server.executor(), keyspace);
        ConnectionPolicy policy = new ConnectionPolicy();
        policy.maxClients = net.maxclients.intValue();
        policy.authenticationRequired = !net.requirepass.text().isEmpty();
        network =
                new Network(
                        transport,
                        commandGroup,
                        loop,
                        net.ioThreads.intValue(),
                        new ProtocolLimits(),
                        server.clients(),
                        keyspace,
                        policy,
                        client -> {
                            server.monitors().remove(client);
                            pubSub.forget(client);
                            transactions.forget(client);
                        });
    }

    /** Opens the sockets and begins to tick. */
    void start() throws BindException {
        NetSettings net = settings.net;
        Listening.listen(network, net.bind.values, net.port.intValue(), net.tcpBacklog.intValue());
        loop.postAfter(this::tick, server.cron().tickMs());
    }

    private void tick() {
        server.cron().tick(System.currentTimeMillis());
        loop.postAfter(this::tick, server.cron().tickMs());
    }

    CommandLoop loop() {
        return loop;
    }

    Lifecycle lifecycle() {
        return lifecycle;
    }
}
