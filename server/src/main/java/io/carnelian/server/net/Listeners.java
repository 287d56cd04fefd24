package io.carnelian.server.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens listening sockets, TCP and unix, on the command thread and at once: CONFIG SET port has to
 * answer whether it worked. May be called by any thread.
 */
final class Listeners {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
    private static final long ACCEPT_PAUSE_MS = 1000;

    private final Transport transport;
    private final SingleThreadEventLoop loop;
    private final BiConsumer<Channel, @Nullable String> accept;

    /** {@code accept} is given new connections, and the path if they came by a unix socket. */
    Listeners(
            Transport transport,
            SingleThreadEventLoop loop,
            BiConsumer<Channel, @Nullable String> accept) {
        this.transport = transport;
        this.loop = loop;
        this.accept = accept;
    }

    Channel tcp(InetSocketAddress address, int backlog) throws BindException {
        ServerChannel channel = transport.newServerChannel();
        channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
        return open(channel, address, backlog, null);
    }

    /**
     * Listens at a path. What lies there from an earlier run is removed.
     *
     * @param mode permission bits as of chmod, 0: as the umask leaves them
     */
    Channel unix(Path path, int mode, int backlog) throws BindException {
        try {
            Files.deleteIfExists(path);
            Channel channel =
                    open(
                            transport.newServerDomainChannel(),
                            transport.domainAddress(path),
                            backlog,
                            path.toString());
            if (mode != 0) {
                Files.setPosixFilePermissions(path, permissions(mode));
            }
            return channel;
        } catch (IOException e) {
            BindException failure = new BindException(String.valueOf(e.getMessage()));
            failure.initCause(e);
            throw failure;
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        // The enum's order is that of the nine bits, from the owner's read on.
        PosixFilePermission[] all = PosixFilePermission.values();
        Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
        for (int i = 0; i < all.length; i++) {
            if ((mode >> (all.length - 1 - i) & 1) != 0) {
                set.add(all[i]);
            }
        }
        return set;
    }

    private Channel open(
            ServerChannel channel, SocketAddress address, int backlog, @Nullable String path)
            throws BindException {
        channel.config().setOption(ChannelOption.SO_BACKLOG, backlog);
        channel.pipeline().addLast(new Acceptor(path));
        ChannelFuture bound = onLoop(() -> bind(channel, address));
        if (!loop.inEventLoop()) {
            bound.awaitUninterruptibly();
        }
        if (!bound.isSuccess()) {
            var _ = channel.close();
            Throwable cause = bound.cause();
            BindException failure =
                    new BindException(cause == null ? "not bound yet" : cause.getMessage());
            failure.initCause(cause);
            throw failure;
        }
        return channel;
    }

    private ChannelFuture bind(Channel channel, SocketAddress address) {
        ChannelFuture registered = loop.register(channel);
        return registered.isSuccess() ? channel.bind(address) : registered;
    }

    private <T> T onLoop(Callable<T> task) {
        try {
            return loop.inEventLoop() ? task.call() : loop.submit(task).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a socket was opened", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a socket could not be opened", e.getCause());
        } catch (Exception e) {
            throw new IllegalStateException("a socket could not be opened", e);
        }
    }

    /**
     * Closes sockets. Nobody can connect when it returns, and their address is free; but with NIO
     * on the command thread only when this turn has ended.
     */
    void close(List<Channel> channels) {
        for (Channel channel : channels) {
            stopAccepting(channel);
            ChannelFuture closed = channel.close();
            if (!loop.inEventLoop()) {
                closed.awaitUninterruptibly();
            }
        }
    }

    /**
     * With io_uring a socket closes when the kernel has given up its wait for the next connection,
     * a moment later; shut down it no longer listens at once.
     */
    private static void stopAccepting(Channel channel) {
        if (channel instanceof UnixChannel unix && unix.fd() instanceof Socket socket) {
            try {
                socket.shutdown(true, true);
            } catch (IOException e) {
                LOG.debug("Listening socket could not be shut down: {}", e.toString());
            }
        }
    }

    private final class Acceptor extends ChannelInboundHandlerAdapter {
        private final @Nullable String path;

        Acceptor(@Nullable String path) {
            this.path = path;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            accept.accept((Channel) message, path);
        }

        /** Mostly too many open files: trying again at once would only keep the loop busy. */
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (!ctx.channel().isOpen()) {
                return;
            }
            LOG.warn("Accepting client connection: {}", cause.toString());
            if (ctx.channel().config().isAutoRead()) {
                ctx.channel().config().setAutoRead(false);
                var _ =
                        loop.schedule(
                                () -> ctx.channel().config().setAutoRead(true),
                                ACCEPT_PAUSE_MS,
                                TimeUnit.MILLISECONDS);
            }
        }
    }
}
