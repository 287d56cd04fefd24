package io.carnelian.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.carnelian.server.process.Supervisor;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixDatagramsTest {
    @TempDir private Path temp = Path.of("");

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final MultiThreadIoEventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    @BeforeEach
    void listen() {
        assumeTrue(Epoll.isAvailable());
        new Bootstrap()
                .group(group)
                .channel(EpollDomainDatagramChannel.class)
                .handler(
                        new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                            @Override
                            protected void channelRead0(
                                    ChannelHandlerContext ctx, DomainDatagramPacket packet) {
                                received.add(packet.content().toString(StandardCharsets.UTF_8));
                            }
                        })
                .bind(new DomainSocketAddress(temp.resolve("socket").toString()))
                .syncUninterruptibly();
    }

    @AfterEach
    void close() {
        var _ = group.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS).syncUninterruptibly();
    }

    private String next() throws InterruptedException {
        return String.valueOf(received.poll(10, TimeUnit.SECONDS));
    }

    @Test
    void eachDatagramArrivesWhole() throws Exception {
        UnixDatagrams to = UnixDatagrams.open(temp.resolve("socket").toString());
        to.send("one".getBytes(StandardCharsets.UTF_8));
        to.send("two".getBytes(StandardCharsets.UTF_8));
        to.flush();
        assertThat(next()).isEqualTo("one");
        assertThat(next()).isEqualTo("two");
    }

    @Test
    void withoutSocketItSaysSo() {
        assertThatThrownBy(() -> UnixDatagrams.open(temp.resolve("none").toString()))
                .isInstanceOf(IOException.class);
    }

    @Test
    void systemdHearsOfTheBeginAndTheEnd() throws Exception {
        String socket = temp.resolve("socket").toString();
        Supervisor systemd = Supervisor.find("systemd", Map.of("NOTIFY_SOCKET", socket));
        systemd.ready(1);
        systemd.stopping();
        assertThat(next()).contains("READY=1\n");
        assertThat(next()).isEqualTo("STOPPING=1\n");
    }
}
