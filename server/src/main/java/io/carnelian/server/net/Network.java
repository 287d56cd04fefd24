package io.carnelian.server.net;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.request.ProtocolLimits;
import io.carnelian.server.resp.Output;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening sockets and the loops. The acceptor runs on the command thread: it makes the
 * client, then gives the channel to an I/O loop, which with {@code io-threads 1} is the command
 * thread itself.
 */
public final class Network {
    private static final Logger LOG = LoggerFactory.getLogger(Network.class);

    /** How the name of the command thread begins. */
    public static final String COMMAND_THREAD = "command";

    private final Transport transport;
    private final List<MultiThreadIoEventLoopGroup> ioGroups = new ArrayList<>();
    private final List<IoLoop> ioLoops = new ArrayList<>();
    private final Listeners listeners;
    private List<Channel> tcp = List.of();
    private @Nullable Channel unix;
    private @Nullable Path unixPath;
    private final ProtocolLimits limits;
    private final Clients clients;
    private final Keyspace keyspace;
    private final CommandLoop commandLoop;
    private final ConnectionPolicy policy;
    private final Consumer<Client> onDisconnect;
    private int nextLoop;

    /**
     * @param ioThreads 1: the command thread reads and writes itself; N &gt; 1: N loops of their
     *     own do
     */
    public Network(
            Transport transport,
            CommandLoop commandLoop,
            int ioThreads,
            ProtocolLimits limits,
            Clients clients,
            Keyspace keyspace,
            ConnectionPolicy policy,
            Consumer<Client> onDisconnect) {
        this.transport = transport;
        this.listeners = new Listeners(transport, commandLoop.eventLoop(), this::accept);
        this.commandLoop = commandLoop;
        this.limits = limits;
        this.clients = clients;
        this.keyspace = keyspace;
        this.policy = policy;
        this.onDisconnect = onDisconnect;
        if (ioThreads <= 1) {
            ioLoops.add(new IoLoop(commandLoop.eventLoop(), commandLoop));
        } else {
            MultiThreadIoEventLoopGroup group =
                    new MultiThreadIoEventLoopGroup(
                            ioThreads,
                            new DefaultThreadFactory("io", true),
                            transport.handlerFactory());
            ioGroups.add(group);
            for (int i = 0; i < ioThreads; i++) {
                ioLoops.add(new IoLoop((SingleThreadEventLoop) group.next(), commandLoop));
            }
        }
    }

    /** A group of one loop for the command thread. */
    public static MultiThreadIoEventLoopGroup newCommandGroup(Transport transport) {
        return new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory(COMMAND_THREAD, false), transport.handlerFactory());
    }

    public Transport transport() {
        return transport;
    }

    /**
     * Opens a TCP socket; it is served at once, and belongs to the caller until {@link
     * #listenOnly}.
     *
     * @param backlog length of the accept queue, {@code tcp-backlog}
     */
    public Channel listen(InetSocketAddress address, int backlog) throws BindException {
        return listeners.tcp(address, backlog);
    }

    /** From now on these are the TCP sockets that we listen on; others of before are closed. */
    public void listenOnly(List<Channel> sockets) {
        List<Channel> gone = new ArrayList<>(tcp);
        gone.removeAll(sockets);
        listeners.close(gone);
        tcp = List.copyOf(sockets);
    }

    /** Whether the address of a listening socket is free as soon as it is closed. */
    public boolean closesAtOnce() {
        return transport != Transport.NIO;
    }

    /** Closes sockets that were opened in vain. */
    public void close(List<Channel> sockets) {
        listeners.close(sockets);
    }

    /**
     * Listens at a unix socket.
     *
     * @param mode permission bits, 0: as the umask leaves them
     */
    public void listenAt(Path path, int mode, int backlog) throws BindException {
        unix = listeners.unix(path, mode, backlog);
        unixPath = path;
    }

    /** Stops listening and removes the unix socket's file; connections stay. */
    public void stopListening() {
        listenOnly(List.of());
        Channel socket = unix;
        Path path = unixPath;
        if (socket != null && path != null) {
            listeners.close(List.of(socket));
            LOG.info("Removing the unix socket file.");
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                LOG.warn("The unix socket's file stays: {}", e.toString());
            }
            unix = null;
        }
    }

    /** Bytes received since the start. */
    public long receivedBytes() {
        long bytes = 0;
        for (IoLoop loop : ioLoops) {
            bytes += loop.receivedBytes();
        }
        return bytes;
    }

    /** Ends the I/O loops; the command group is its maker's. */
    public void shutdown() {
        for (MultiThreadIoEventLoopGroup group : ioGroups) {
            var _ = group.shutdownGracefully();
        }
    }

    private void accept(Channel channel, @Nullable String path) {
        IoLoop loop = ioLoops.get(nextLoop);
        nextLoop = (nextLoop + 1) % ioLoops.size();
        byte[] refusal =
                policy.refusal(path == null ? channel.remoteAddress() : null, clients.size());
        if (refusal != null) {
            clients.countRejected();
            refuse(channel, loop, refusal);
            return;
        }
        transport.configureReads(channel);
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        if (channel instanceof SocketChannel socket && path == null) {
            socket.config().setTcpNoDelay(true);
            if (policy.tcpKeepAliveSeconds > 0) {
                transport.keepAlive(channel, policy.tcpKeepAliveSeconds);
            }
        }
        Connection connection =
                new Connection(
                        channel, path, loop, commandLoop, limits, clients, this::disconnected);
        Output output = new Output(PooledByteBufAllocator.DEFAULT);
        Client client =
                new Client(
                        clients.newId(),
                        output,
                        connection,
                        keyspace.db(0),
                        System.currentTimeMillis());
        policy.greet(client);
        connection.attach(client);
        clients.add(client);
        channel.pipeline().addLast(connection);
        var _ =
                loop.eventLoop()
                        .register(channel)
                        .addListener((ChannelFuture registered) -> {
                            if (!registered.isSuccess()) {
                                channel.unsafe().closeForcibly();
                                commandLoop.post(() -> disconnected(connection));
                            }
                        });
    }

    private void refuse(Channel channel, IoLoop loop, byte[] refusal) {
        var _ =
                loop.eventLoop()
                        .register(channel)
                        .addListener((ChannelFuture registered) -> {
                            var _ =
                                    channel.writeAndFlush(Unpooled.wrappedBuffer(refusal))
                                            .addListener(ChannelFutureListener.CLOSE);
                        });
    }

    private void disconnected(Connection connection) {
        clients.remove(connection.client());
        onDisconnect.accept(connection.client());
    }
}
