package io.carnelian.server.net;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringBufferRingConfig;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringFixedBufferRingAllocator;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Locale;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * How sockets are read and written: io_uring where the kernel allows it (container engines may
 * forbid it), else epoll, else java.nio, which works everywhere. Chosen once at start, by {@code
 * io-transport}; INFO shows it as {@code multiplexing_api}.
 */
public enum Transport {
    IO_URING,
    EPOLL,
    NIO;

    private static final int PROBES = 3;
    private static final int READ_BYTES = 64 * 1024;
    private static final short RING_GROUP = 1;
    private static final short RING_BUFFERS = 256;
    private static final int RING_BUFFER_BYTES = 16 * 1024;
    private static final int RING_SIZE = 1024;
    private static final int COMPLETION_QUEUE = 8192;

    /**
     * The transport of a configured name.
     *
     * @param wanted {@code auto}, {@code io_uring}, {@code epoll} or {@code nio}
     * @throws IllegalStateException if a transport is asked for by name that does not work here;
     *     says why
     */
    public static Transport choose(String wanted) {
        return switch (wanted.toLowerCase(Locale.ROOT)) {
            case "io_uring" -> require(IO_URING, IoUring.unavailabilityCause());
            case "epoll" -> require(EPOLL, Epoll.unavailabilityCause());
            case "nio" -> NIO;
            default -> best();
        };
    }

    private static Transport best() {
        if (IoUring.isAvailable()) {
            return IO_URING;
        }
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    private static Transport require(Transport wanted, @Nullable Throwable whyNot) {
        if (whyNot != null) {
            throw new IllegalStateException(
                    "io-transport "
                            + wanted.infoName()
                            + " does not work on this machine: "
                            + whyNot,
                    whyNot);
        }
        return wanted;
    }

    /** The name that INFO shows. */
    public String infoName() {
        return name().toLowerCase(Locale.ROOT);
    }

    IoHandlerFactory handlerFactory() {
        return switch (this) {
            case IO_URING ->
                    IoUringIoHandler.newFactory(
                            new IoUringIoHandlerConfig()
                                    .setSingleIssuer(true)
                                    .setRingSize(RING_SIZE)
                                    .setCqSize(COMPLETION_QUEUE)
                                    .setBufferRingConfig(
                                            IoUringBufferRingConfig.builder()
                                                    .bufferGroupId(RING_GROUP)
                                                    .bufferRingSize(RING_BUFFERS)
                                                    .batchSize(RING_BUFFERS / 4)
                                                    .allocator(
                                                            new IoUringFixedBufferRingAllocator(
                                                                    PooledByteBufAllocator.DEFAULT,
                                                                    RING_BUFFER_BYTES))
                                                    .build()));
            case EPOLL -> EpollIoHandler.newFactory();
            case NIO -> NioIoHandler.newFactory();
        };
    }

    ServerChannel newServerChannel() {
        return switch (this) {
            case IO_URING -> new IoUringServerSocketChannel();
            case EPOLL -> new EpollServerSocketChannel();
            case NIO -> new NioServerSocketChannel();
        };
    }

    /** A channel that listens at a unix socket. */
    ServerChannel newServerDomainChannel() {
        return switch (this) {
            case IO_URING -> new IoUringServerDomainSocketChannel();
            case EPOLL -> new EpollServerDomainSocketChannel();
            case NIO -> new NioServerDomainSocketChannel();
        };
    }

    /** The address of a unix socket. */
    SocketAddress domainAddress(Path path) {
        return this == NIO
                ? UnixDomainSocketAddress.of(path)
                : new DomainSocketAddress(path.toString());
    }

    /**
     * Has the kernel probe an idle peer: after {@code seconds}, then three times at a third of
     * that, as Redis does.
     */
    void keepAlive(Channel channel, int seconds) {
        ChannelConfig config = channel.config();
        config.setOption(ChannelOption.SO_KEEPALIVE, true);
        int between = Math.max(1, seconds / 3);
        switch (this) {
            case IO_URING -> {
                config.setOption(IoUringChannelOption.TCP_KEEPIDLE, seconds);
                config.setOption(IoUringChannelOption.TCP_KEEPINTVL, between);
                config.setOption(IoUringChannelOption.TCP_KEEPCNT, PROBES);
            }
            case EPOLL -> {
                config.setOption(EpollChannelOption.TCP_KEEPIDLE, seconds);
                config.setOption(EpollChannelOption.TCP_KEEPINTVL, between);
                config.setOption(EpollChannelOption.TCP_KEEPCNT, PROBES);
            }
            case NIO -> {
                config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), seconds);
                config.setOption(
                        NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), between);
                config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), PROBES);
            }
        }
    }

    /** The channel for connections that this server opens. */
    public Class<? extends SocketChannel> clientChannel() {
        return switch (this) {
            case IO_URING -> IoUringSocketChannel.class;
            case EPOLL -> EpollSocketChannel.class;
            case NIO -> NioSocketChannel.class;
        };
    }

    /** Sets how a connection allocates what it reads into. */
    void configureReads(Channel channel) {
        channel.config().setOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT);
        if (this == IO_URING) {
            channel.config().setOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, RING_GROUP);
        }
        channel.config()
                .setOption(
                        ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES));
    }
}
