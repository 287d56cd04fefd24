package io.carnelian.server.net;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.resp.Output;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Keyspace;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The listening sockets and the loops. The acceptor runs on the command thread: it makes the
 * client, then gives the channel to an I/O loop, which with {@code io-threads 1} is the command
 * thread itself.
 */
public final class Network {
    private static final byte[] TOO_MANY = Reply.ascii("-ERR max number of clients reached\r\n");

    private final Transport transport;
    private final MultiThreadIoEventLoopGroup commandGroup;
    private final List<MultiThreadIoEventLoopGroup> ioGroups = new ArrayList<>();
    private final List<IoLoop> ioLoops = new ArrayList<>();
    private final List<Channel> listening = new ArrayList<>();
    private final ProtocolLimits limits;
    private final Clients clients;
    private final Keyspace keyspace;
    private final CommandLoop commandLoop;
    private final ConnectionPolicy policy;
    private final Consumer<Client> onDisconnect;
    private int nextLoop;

    /**
     * @param commandGroup the group of exactly one loop that is the command thread
     * @param ioThreads 1: the command thread reads and writes itself; N &gt; 1: N loops of their
     *     own do
     */
    public Network(
            Transport transport,
            MultiThreadIoEventLoopGroup commandGroup,
            CommandLoop commandLoop,
            int ioThreads,
            ProtocolLimits limits,
            Clients clients,
            Keyspace keyspace,
            ConnectionPolicy policy,
            Consumer<Client> onDisconnect) {
        this.transport = transport;
        this.commandGroup = commandGroup;
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
                1, new DefaultThreadFactory("command", false), transport.handlerFactory());
    }

    public Transport transport() {
        return transport;
    }

    /**
     * Listens on an address.
     *
     * @param backlog length of the accept queue, {@code tcp-backlog}
     * @return the address bound, with the port that was chosen if 0 was asked for
     */
    public InetSocketAddress listen(InetSocketAddress address, int backlog) throws BindException {
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(commandGroup)
                        .channel(serverChannel())
                        .option(ChannelOption.SO_BACKLOG, backlog)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childHandler(new Refuse());
        bootstrap.handler(
                new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel server) {
                        server.pipeline().addLast(new Acceptor());
                    }
                });
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            BindException failure = new BindException(String.valueOf(bound.cause().getMessage()));
            failure.initCause(bound.cause());
            throw failure;
        }
        listening.add(bound.channel());
        return (InetSocketAddress) bound.channel().localAddress();
    }

    private Class<? extends ServerChannel> serverChannel() {
        return transport.serverChannel();
    }

    /** Stops listening; connections stay. */
    public void stopListening() {
        for (Channel channel : listening) {
            channel.close().awaitUninterruptibly();
        }
        listening.clear();
    }

    /** Ends the I/O loops; the command group is its maker's. */
    public void shutdown() {
        for (MultiThreadIoEventLoopGroup group : ioGroups) {
            var _ = group.shutdownGracefully();
        }
    }

    /** Takes accepted channels before Netty's own acceptor sees them, on the command thread. */
    private final class Acceptor extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            accept((Channel) message);
        }
    }

    private void accept(Channel channel) {
        IoLoop loop = ioLoops.get(nextLoop);
        nextLoop = (nextLoop + 1) % ioLoops.size();
        if (clients.size() >= policy.maxClients) {
            clients.countRejected();
            refuse(channel, loop, TOO_MANY);
            return;
        }
        transport.configureReads(channel);
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        if (channel instanceof SocketChannel socket) {
            socket.config().setTcpNoDelay(true);
            socket.config().setKeepAlive(policy.tcpKeepAliveSeconds > 0);
        }
        Connection connection =
                new Connection(channel, loop, commandLoop, limits, this::disconnected);
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

    /**
     * Never reached: the acceptor in front of it takes every channel. ServerBootstrap insists on
     * one.
     */
    @Sharable
    private static final class Refuse extends ChannelInboundHandlerAdapter {}
}
