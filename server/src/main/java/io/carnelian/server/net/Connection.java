package io.carnelian.server.net;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.client.Link;
import io.carnelian.server.client.QueuedRequests;
import io.carnelian.server.client.ReplicaLink;
import io.carnelian.server.command.Batch;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.request.ProtocolLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.NotYetConnectedException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket and its client. Reading belongs to its {@link IoLoop}: see {@link Intake}. Everything
 * that {@link Link} offers belongs to the command thread, which also takes the replies from the
 * client's output and hands them to the socket.
 *
 * <pre>
 *   socket → channelRead ─ Intake → batch            (I/O loop)
 *   socket ← write, flush ← Output ← handlers    (command thread; the channel crosses by itself)
 * </pre>
 */
public final class Connection extends ChannelInboundHandlerAdapter implements Link, ReplicaLink {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** Below this a chunk may go to a slow peer's queue as a copy of the right size. */
    private static final int SPARSE_BYTES = 4 * 1024;

    private final Channel channel;
    private final @Nullable String unixPath;
    private final CommandLoop commandLoop;
    private final Intake intake;
    private final Consumer<Connection> onClosed;
    private @Nullable Client client;
    private boolean dirty;
    private boolean closeAfterFlush;

    /** Replies to writes that are not on the disk yet, and what came after them. */
    private @Nullable HeldReplies held;

    /** Whether there are any. */
    private boolean holding;

    /** The peer reads slower than we write: output waits until the socket's queue is short. */
    private boolean stalled;

    Connection(
            Channel channel,
            @Nullable String unixPath,
            IoLoop ioLoop,
            CommandLoop commandLoop,
            ProtocolLimits limits,
            Clients clients,
            Consumer<Connection> onClosed) {
        this.channel = channel;
        this.unixPath = unixPath;
        this.commandLoop = commandLoop;
        this.intake = new Intake(this, channel, ioLoop, commandLoop, limits, clients);
        this.onClosed = onClosed;
    }

    void attach(Client owner) {
        client = owner;
    }

    public Client client() {
        Client owner = client;
        if (owner == null) {
            throw new IllegalStateException("connection without client");
        }
        return owner;
    }

    public Channel channel() {
        return channel;
    }

    // ---- reading: on the I/O loop

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        intake.received((ByteBuf) message);
    }

    /**
     * The peer sends nothing more, but it may still read: what it asked for is answered before the
     * end.
     */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            intake.inputEnded();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("Connection {} failed: {}", peerAddress(), cause.toString());
        } else {
            LOG.warn("Closing connection {} after an unexpected failure", peerAddress(), cause);
        }
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        intake.close();
        if (commandLoop.isCommandThread()) {
            closed();
        } else {
            commandLoop.post(this::closed);
        }
    }

    // ---- replies and control: on the command thread

    private void closed() {
        client().closing = true;
        client().gone = true;
        onClosed.accept(this);
        client().output().discard();
        if (held != null) {
            held.release();
        }
        QueuedRequests postponed = client().takePostponed();
        if (postponed != null) {
            postponed.free();
        }
    }

    void endOfInput() {
        if (client().waiting) {
            client().kill();
        } else {
            client().closeAfterReply();
        }
    }

    @Override
    public void outputReady() {
        if (!dirty) {
            dirty = true;
            commandLoop.markDirty(this);
        }
    }

    /** Hands all output to the socket; at the end of the turn. */
    void flushOutput() {
        dirty = false;
        client().output().checkLimits();
        if (holding || client().storedAt > commandLoop.storedUpTo()) {
            hold();
            return;
        }
        if (!closeAfterFlush && !channel.isWritable()) {
            stalled = true;
            return;
        }
        boolean any = handOverOutput();
        if (closeAfterFlush) {
            var _ =
                    channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                            .addListener(ChannelFutureListener.CLOSE);
        } else if (any) {
            channel.flush();
        }
    }

    private void hold() {
        HeldReplies waiting = held;
        if (waiting == null) {
            waiting = new HeldReplies();
            held = waiting;
        }
        if (!holding) {
            holding = true;
            commandLoop.holds(this);
        }
        waiting.add(client().output(), client().storedAt);
    }

    /** Sends what was held back up to here; true if nothing is held any more. */
    boolean letGo(long storedUpTo) {
        HeldReplies waiting = held;
        if (waiting == null) {
            return true;
        }
        boolean any = false;
        for (ByteBuf chunk = waiting.take(storedUpTo);
                chunk != null;
                chunk = waiting.take(storedUpTo)) {
            commandLoop.countSent(chunk.readableBytes());
            channel.write(fitted(chunk), channel.voidPromise());
            any = true;
        }
        if (any) {
            channel.flush();
        }
        if (!waiting.isEmpty()) {
            return false;
        }
        holding = false;
        if (closeAfterFlush) {
            outputReady();
        }
        return true;
    }

    private boolean handOverOutput() {
        boolean any = false;
        for (ByteBuf chunk = client().output().take();
                chunk != null;
                chunk = client().output().take()) {
            commandLoop.countSent(chunk.readableBytes());
            channel.write(fitted(chunk), channel.voidPromise());
            any = true;
        }
        return any;
    }

    /** A few bytes in a large chunk would cost their peer's whole limit many times over. */
    private ByteBuf fitted(ByteBuf chunk) {
        int length = chunk.readableBytes();
        if (length >= SPARSE_BYTES || unsentBytes() == 0) {
            return chunk;
        }
        ByteBuf copy = channel.alloc().directBuffer(length);
        Memory.copy(chunk.memoryAddress() + chunk.readerIndex(), copy.memoryAddress(), length);
        copy.writerIndex(length);
        chunk.release();
        return copy;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (channel.isWritable()) {
            if (commandLoop.isCommandThread()) {
                flushOn();
            } else {
                commandLoop.post(this::flushOn);
            }
        }
    }

    private void flushOn() {
        if (stalled) {
            stalled = false;
            outputReady();
        }
    }

    @Override
    public void close(boolean afterOutput) {
        if (afterOutput) {
            closeAfterFlush = true;
            outputReady();
        } else {
            endNow();
            var _ = channel.close();
        }
    }

    /**
     * Lets the peer read the end before whoever ordered it reads that it is done, as in Redis: a
     * ring closes a socket only some turns later. Of a socket on another thread we keep our hands.
     * A peer that has reset the connection has ended it: Netty calls that not yet connected.
     */
    private void endNow() {
        boolean mine = channel.eventLoop().inEventLoop();
        if (mine && channel instanceof UnixChannel unix && unix.fd() instanceof Socket socket) {
            try {
                socket.shutdown();
            } catch (IOException | NotYetConnectedException endedAlready) {
                LOG.debug("Connection {} has ended: {}", peerAddress(), endedAlready.toString());
            }
        }
    }

    @Override
    public void resume() {
        QueuedRequests postponed = client().takePostponed();
        if (postponed != null) {
            runPostponed(postponed);
        }
        intake.resume();
    }

    private void runPostponed(QueuedRequests requests) {
        Batch batch = new Batch();
        int next = 0;
        while (next < requests.count()) {
            next = batch.addQueued(client(), requests, next);
            commandLoop.run(batch);
        }
        requests.free();
    }

    @Override
    public String peerAddress() {
        return unixPath != null ? unixPath + ":0" : describe(channel.remoteAddress());
    }

    @Override
    public String localAddress() {
        return unixPath != null ? unixPath + ":0" : describe(channel.localAddress());
    }

    static String describe(@Nullable SocketAddress address) {
        if (address instanceof InetSocketAddress inet) {
            InetAddress ip = inet.getAddress();
            String text = ip == null ? inet.getHostString() : ip.getHostAddress();
            int zone = text.indexOf('%');
            String plain = zone < 0 ? text : text.substring(0, zone);
            return plain.indexOf(':') >= 0
                    ? "[" + plain + "]:" + inet.getPort()
                    : plain + ":" + inet.getPort();
        }
        return address == null ? "?:0" : address + ":0";
    }

    @Override
    public int fileDescriptor() {
        return channel instanceof UnixChannel unix ? unix.fd().intValue() : -1;
    }

    @Override
    public long unsentBytes() {
        var pending = channel.unsafe().outboundBuffer();
        long waiting = held == null ? 0 : held.bytes();
        return waiting + (pending == null ? 0 : pending.totalPendingWriteBytes());
    }

    @Override
    public long arrivedBytes() {
        return intake.arrivedBytes();
    }

    @Override
    public long unparsedBytes() {
        return intake.unparsedBytes();
    }

    @Override
    public long inputBytes() {
        return intake.memoryBytes();
    }

    @Override
    public boolean mayPostpone(long bytes) {
        return intake.mayPostpone(bytes);
    }

    @Override
    public boolean isUnixSocket() {
        return unixPath != null;
    }

    // ---- a replica's stream: write and flush on the command thread, send on any

    @Override
    public ReplicaLink replicaLink() {
        return this;
    }

    @Override
    public void write(ByteBuf bytes, Sent done) {
        handOverOutput();
        int length = bytes.readableBytes();
        commandLoop.countSent(length);
        var _ =
                channel.write(bytes)
                        .addListener(written -> {
                            if (commandLoop.isCommandThread()) {
                                done.sent(length, written.isSuccess());
                            } else {
                                commandLoop.post(() -> done.sent(length, written.isSuccess()));
                            }
                        });
    }

    @Override
    public void flush() {
        channel.flush();
    }

    /** Netty throws this unchecked when the peer has gone, of which we may hear only later. */
    @Override
    public void noDelay(boolean on) {
        if (unixPath != null) {
            return;
        }
        try {
            channel.config().setOption(ChannelOption.TCP_NODELAY, on);
        } catch (ChannelException hasEnded) {
            LOG.debug("Connection {} has ended: {}", peerAddress(), hasEnded.toString());
        }
    }

    @Override
    public void send(ByteBuf bytes, Sent done) {
        int length = bytes.readableBytes();
        var _ =
                channel.writeAndFlush(bytes)
                        .addListener(written -> done.sent(length, written.isSuccess()));
    }
}
