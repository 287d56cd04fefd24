package io.carnelian.server.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.unix.UnixChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sockets of the command thread's own loop. Names are looked up by a thread that lives as long as
 * the answer takes. Whatever goes wrong on the way, an unknown name, a refused connection, no file
 * descriptor left, the listener hears as the end of the connection, in a turn of its own.
 */
public final class SocketDialer implements Dialer {
    private final ChannelFactory<? extends Channel> sockets;
    private final CommandLoop loop;
    private final IntSupplier connectTimeoutMs;
    private final Supplier<String> sourceAddress;

    /**
     * @param connectTimeoutMs after which a connection is given up that nobody answers
     * @param sourceAddress {@code bind-source-addr}: the address to connect from, empty for any
     */
    public SocketDialer(
            Transport transport,
            CommandLoop loop,
            IntSupplier connectTimeoutMs,
            Supplier<String> sourceAddress) {
        this(
                new ReflectiveChannelFactory<>(transport.clientChannel()),
                loop,
                connectTimeoutMs,
                sourceAddress);
    }

    SocketDialer(
            ChannelFactory<? extends Channel> sockets,
            CommandLoop loop,
            IntSupplier connectTimeoutMs,
            Supplier<String> sourceAddress) {
        this.sockets = sockets;
        this.loop = loop;
        this.connectTimeoutMs = connectTimeoutMs;
        this.sourceAddress = sourceAddress;
    }

    @Override
    public Wire dial(String host, int port, Listener listener) {
        Socket socket = new Socket(loop, listener);
        String from = sourceAddress.get();
        Thread.ofPlatform()
                .daemon()
                .name("resolve")
                .start(() -> {
                    try {
                        InetSocketAddress to =
                                new InetSocketAddress(InetAddress.getByName(host), port);
                        InetSocketAddress source =
                                from.isEmpty()
                                        ? null
                                        : new InetSocketAddress(InetAddress.getByName(from), 0);
                        loop.post(() -> connect(socket, to, source));
                    } catch (UnknownHostException e) {
                        loop.post(() -> socket.end("Name or service not known: " + e.getMessage()));
                    }
                });
        return socket;
    }

    private void connect(
            Socket socket, InetSocketAddress address, @Nullable InetSocketAddress source) {
        if (socket.ended) {
            return;
        }
        ChannelFuture connecting =
                new Bootstrap()
                        .group(loop.eventLoop())
                        .channelFactory(sockets)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectTimeoutMs.getAsInt())
                        .handler(socket)
                        .connect(address, source);
        socket.channel = connecting.channel();
        var _ =
                connecting.addListener(done -> {
                    if (!done.isSuccess()) {
                        loop.post(() -> socket.end(reason(done.cause())));
                    }
                });
    }

    private static String reason(@Nullable Throwable cause) {
        String message = cause == null ? null : cause.getMessage();
        return message == null ? String.valueOf(cause) : message;
    }

    private static final class Socket extends ChannelInboundHandlerAdapter implements Wire {
        private final CommandLoop loop;
        private final Listener listener;
        private @Nullable Channel channel;
        private String failure = "Connection closed by peer";
        private boolean ended;

        Socket(CommandLoop loop, Listener listener) {
            this.loop = loop;
            this.listener = listener;
        }

        void end(String why) {
            if (!ended) {
                ended = true;
                listener.closed(why);
            }
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            if (!ended) {
                loop.runHere(listener::connected);
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            if (ended) {
                bytes.release();
            } else {
                loop.runHere(() -> listener.received(bytes));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            failure = reason(cause);
            ctx.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            loop.runHere(() -> end(failure));
        }

        @Override
        public void send(byte[] bytes) {
            Channel to = channel;
            if (to != null && !ended) {
                var _ = to.writeAndFlush(Unpooled.wrappedBuffer(bytes), to.voidPromise());
            }
        }

        @Override
        public void reads(boolean on) {
            if (channel != null) {
                channel.config().setAutoRead(on);
            }
        }

        /** Without a file descriptor left there is no socket: what Netty gives can't be closed. */
        @Override
        public void close() {
            Channel opened = channel;
            if (opened != null && opened.isRegistered()) {
                var _ = opened.close();
            }
            loop.post(() -> end("closed here"));
        }

        @Override
        public String peerAddress() {
            return described(channel == null ? null : channel.remoteAddress());
        }

        @Override
        public String localAddress() {
            return described(channel == null ? null : channel.localAddress());
        }

        private static String described(@Nullable SocketAddress address) {
            return address == null ? "?:0" : Connection.describe(address);
        }

        @Override
        public int fileDescriptor() {
            return channel instanceof UnixChannel unix ? unix.fd().intValue() : -1;
        }
    }
}
