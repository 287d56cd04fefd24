package io.carnelian.server.log;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Datagrams to a unix socket: the system log, systemd. The JDK has stream sockets only, so this is
 * Netty's epoll transport with a thread of its own. What can't be delivered is lost. Any thread.
 */
public final class UnixDatagrams {
    private final Channel channel;

    private UnixDatagrams(Channel channel) {
        this.channel = channel;
    }

    /** Opens a way to a socket, or says why there is none. */
    public static UnixDatagrams open(String path) throws IOException {
        if (!Files.exists(Path.of(path))) {
            throw new IOException("no such socket");
        }
        if (!Epoll.isAvailable()) {
            throw new IOException("datagrams to unix sockets need epoll");
        }
        var group =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory("datagrams", true),
                        EpollIoHandler.newFactory());
        ChannelFuture connected =
                new Bootstrap()
                        .group(group)
                        .channel(EpollDomainDatagramChannel.class)
                        .handler(new ChannelInboundHandlerAdapter())
                        .connect(new DomainSocketAddress(path))
                        .awaitUninterruptibly();
        if (!connected.isSuccess()) {
            var _ = group.shutdownGracefully();
            throw new IOException(String.valueOf(connected.cause().getMessage()));
        }
        return new UnixDatagrams(connected.channel());
    }

    public void send(byte[] datagram) {
        var _ = channel.writeAndFlush(Unpooled.wrappedBuffer(datagram));
    }

    /** Waits until the datagrams before have been handed over, a second at most. */
    public void flush() {
        var _ = channel.writeAndFlush(Unpooled.EMPTY_BUFFER).awaitUninterruptibly(1000);
    }
}
