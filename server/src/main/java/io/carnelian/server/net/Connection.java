package io.carnelian.server.net;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.client.Link;
import io.carnelian.server.client.QueuedRequests;
import io.carnelian.server.client.ReplicaLink;
import io.carnelian.server.command.Batch;
import io.carnelian.server.memory.Memory;
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
 * A socket and its client. Reading belongs to its {@link IoLoop}: bytes are parsed where they
 * arrived, only the tail of an unfinished request is kept aside in {@code tail}. Everything that
 * {@link Link} offers belongs to the command thread, which also takes the replies from the client's
 * output and hands them to the socket.
 *
 * <pre>
 *   socket → channelRead ─ parser → batch            (I/O loop)
 *   socket ← write, flush ← Output ← handlers    (command thread; the channel crosses by itself)
 * </pre>
 */
public final class Connection extends ChannelInboundHandlerAdapter implements Link, ReplicaLink {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final int FIRST_TAIL_BYTES = 4 * 1024;

    /** Below this a chunk may go to a slow peer's queue as a copy of the right size. */
    private static final int SPARSE_BYTES = 4 * 1024;

    /**
     * Most bytes of a request, whatever {@code client-query-buffer-limit} says: buffers are counted
     * with ints, and what is propagated of it may be some bytes longer.
     */
    private static final long MAX_REQUEST_BYTES = Integer.MAX_VALUE - (32L << 20);

    private final Channel channel;
    private final @Nullable String unixPath;
    private final IoLoop ioLoop;
    private final CommandLoop commandLoop;
    private final ProtocolLimits limits;
    private final Clients clients;
    private final RequestParser parser;
    private final Consumer<Connection> onClosed;
    private @Nullable Client client;
    private @Nullable ByteBuf tail;
    private long arrivedBytes;
    private volatile long tailBytes;
    private volatile long tailCapacity;

    /** Something was refused in the middle of a request: what follows means nothing. */
    private boolean deaf;

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
        this.ioLoop = ioLoop;
        this.commandLoop = commandLoop;
        this.limits = limits;
        this.clients = clients;
        this.parser = new RequestParser(limits);
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
        ByteBuf input = (ByteBuf) message;
        ioLoop.received(input.readableBytes());
        arrivedBytes += input.readableBytes();
        if (deaf || client().closing) {
            input.release();
            return;
        }
        if (parser.isStopped() && !client().authenticated) {
            // An AUTH before what was too much for a stranger may not have run yet.
            channel.config().setAutoRead(false);
        }
        try {
            if (tail != null || parser.isStopped()) {
                append(input);
            } else {
                parse(input);
            }
        } catch (OutOfMemoryError e) {
            refuse(() -> LOG.warn("Closing client, no memory for its request: {}", e.getMessage()));
        }
    }

    /** Ends the connection; nothing of it is parsed any more. */
    private void refuse(Runnable report) {
        deaf = true;
        ByteBuf kept = takeTail();
        if (kept != null) {
            kept.release();
        }
        commandLoop.post(() -> {
            report.run();
            client().kill();
        });
    }

    /** Parses a buffer that begins at a request's begin, or at the tail's; owns it from here on. */
    private void parse(ByteBuf input) {
        try {
            long base = input.memoryAddress() + input.readerIndex();
            int length = input.readableBytes();
            int at = 0;
            while (true) {
                Batch batch = ioLoop.batch();
                int before = batch.count();
                at += parser.parse(base + at, length - at, batch, client());
                if (batch.count() > before) {
                    batch.hold(input.retain());
                }
                if (!batch.isFull()) {
                    break;
                }
                ioLoop.submit();
            }
            if (at < length) {
                keepTail(base + at, length - at);
            }
        } finally {
            input.release();
        }
    }

    private void keepTail(long address, int length) {
        long wanted =
                Math.max(
                        Math.min(parser.neededBytes(), 2L * length),
                        Math.max(length, FIRST_TAIL_BYTES));
        ByteBuf kept = channel.alloc().directBuffer((int) Math.min(wanted, Integer.MAX_VALUE - 64));
        Memory.copy(address, kept.memoryAddress(), length);
        kept.writerIndex(length);
        setTail(kept);
    }

    private void setTail(ByteBuf kept) {
        tail = kept;
        tailBytes = Math.max(0, kept.readableBytes() - parser.scannedBytes());
        tailCapacity = kept.capacity();
        Consumer<Client> watcher = limits.inputWatcher;
        if (watcher != null) {
            commandLoop.runHere(() -> watcher.accept(client()));
        }
    }

    private @Nullable ByteBuf takeTail() {
        ByteBuf kept = tail;
        tail = null;
        tailBytes = 0;
        tailCapacity = 0;
        return kept;
    }

    private void append(ByteBuf input) {
        ByteBuf kept = tail;
        if (kept == null) {
            parse(input);
            return;
        }
        try {
            long total = (long) kept.readableBytes() + input.readableBytes();
            if (total > Math.min(limits.maxQueryBytes, MAX_REQUEST_BYTES)) {
                refuse(this::reportQueryBuffer);
                return;
            }
            if (total > kept.capacity()) {
                long wanted = Math.max(total, Math.min(parser.neededBytes(), 2 * total));
                kept = replaceTail(kept, (int) Math.min(wanted, Integer.MAX_VALUE - 64));
            }
            int old = kept.writerIndex();
            Memory.copy(
                    input.memoryAddress() + input.readerIndex(),
                    kept.memoryAddress() + old,
                    input.readableBytes());
            kept.writerIndex(old + input.readableBytes());
        } finally {
            input.release();
        }
        if (parser.isStopped() || kept.readableBytes() < parser.neededBytes()) {
            setTail(kept);
        } else {
            var _ = takeTail();
            parse(kept);
        }
    }

    private ByteBuf replaceTail(ByteBuf kept, int capacity) {
        ByteBuf larger = channel.alloc().directBuffer(capacity);
        Memory.copy(kept.memoryAddress(), larger.memoryAddress(), kept.readableBytes());
        larger.writerIndex(kept.readableBytes());
        tail = larger;
        kept.release();
        return larger;
    }

    private void reportQueryBuffer() {
        clients.countQueryLimit();
        LOG.warn(
                "Closing client that reached max query buffer length: {}"
                        + " (client-query-buffer-limit {} bytes)",
                client(),
                limits.maxQueryBytes);
    }

    /**
     * The peer sends nothing more, but it may still read: what it asked for is answered before the
     * end.
     */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            ioLoop.submit();
            commandLoop.post(this::endOfInput);
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
        ByteBuf kept = takeTail();
        if (kept != null) {
            kept.release();
        }
        deaf = true;
        parser.close();
        if (commandLoop.isCommandThread()) {
            closed();
        } else {
            commandLoop.post(this::closed);
        }
    }

    // ---- replies and control: on the command thread

    private void closed() {
        client().closing = true;
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

    private void endOfInput() {
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
        if (!ioLoop.isInPlace() || parser.isStopped()) {
            // Not here: the batch that is being run takes no more requests.
            ioLoop.eventLoop().execute(this::parseOn);
        }
    }

    /** After AUTH: what was too large for a stranger is looked at again. */
    private void parseOn() {
        if (parser.isStopped() && !deaf) {
            parser.restart();
            ByteBuf kept = takeTail();
            if (kept != null) {
                parse(kept);
            }
            channel.config().setAutoRead(true);
        }
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
        return arrivedBytes;
    }

    @Override
    public long unparsedBytes() {
        return tailBytes;
    }

    @Override
    public long inputBytes() {
        return tailCapacity;
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
