package io.carnelian.server.net;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.command.Batch;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.request.ProtocolLimits;
import io.carnelian.server.request.RequestParser;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reading half of a connection: bytes are parsed where they arrived, only the tail of an
 * unfinished request is kept aside. With I/O threads the command thread may be behind; then nothing
 * is read or parsed until it has caught up, so that the rest waits in the socket:
 *
 * <pre>
 *   socket ─► received ─ parser ─► batch ──────────────────────────────► command thread
 *                 └── tail: not whole, or not parsed yet                      │
 *                          ▲ rests while this client has FULL_BYTES there, ◄──┘ taken
 *                            or the loop has no place for another request
 * </pre>
 *
 * On the I/O loop, but for what says otherwise.
 */
final class Intake {
    private static final Logger LOG = LoggerFactory.getLogger(Intake.class);
    private static final int FIRST_TAIL_BYTES = 4 * 1024;

    /**
     * Most bytes of a request, whatever {@code client-query-buffer-limit} says: buffers are counted
     * with ints, and what is propagated of it may be some bytes longer.
     */
    private static final long MAX_REQUEST_BYTES = Integer.MAX_VALUE - (32L << 20);

    /**
     * When a client's requests take so much on their way to the command thread, no more of it is
     * read. With a read behind that it is within the least {@code client-query-buffer-limit}.
     */
    static final int FULL_BYTES = 512 * 1024;

    /** When they take no more than this, reading goes on. */
    private static final int ROOM_BYTES = FULL_BYTES / 2;

    private final Connection connection;
    private final Channel channel;
    private final IoLoop ioLoop;
    private final CommandLoop commandLoop;
    private final ProtocolLimits limits;
    private final Clients clients;
    private final RequestParser parser;
    private @Nullable ByteBuf tail;
    private long arrivedBytes;
    private volatile long tailBytes;
    private volatile long tailCapacity;

    /** Of requests on their way to the command thread; always 0 when this is its loop. */
    private final AtomicLong underWayBytes = new AtomicLong();

    /** The buffers that they are in. */
    private final AtomicLong underWayMemory = new AtomicLong();

    /** Too much of this client is under way. */
    private volatile boolean full;

    /** The loop had no place for another request, and will say when it has. */
    private boolean waitsForLoop;

    /** The peer sends nothing more. */
    private boolean ended;

    /** Something was refused in the middle of a request: what follows means nothing. */
    private boolean deaf;

    Intake(
            Connection connection,
            Channel channel,
            IoLoop ioLoop,
            CommandLoop commandLoop,
            ProtocolLimits limits,
            Clients clients) {
        this.connection = connection;
        this.channel = channel;
        this.ioLoop = ioLoop;
        this.commandLoop = commandLoop;
        this.limits = limits;
        this.clients = clients;
        this.parser = new RequestParser(limits);
    }

    private Client client() {
        return connection.client();
    }

    /** Takes the next bytes over. */
    void received(ByteBuf input) {
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
            append(input);
        } catch (OutOfMemoryError e) {
            refuse(e);
        }
    }

    private void refuse(OutOfMemoryError e) {
        refuse(() -> LOG.warn("Closing client, no memory for its request: {}", e.getMessage()));
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

    private boolean rests() {
        return full || waitsForLoop;
    }

    /** Parses a buffer that begins at a request's begin, or at the tail's; owns it from here on. */
    private void parse(ByteBuf input) {
        try {
            long base = input.memoryAddress() + input.readerIndex();
            int length = input.readableBytes();
            int unused = input.capacity() - length;
            int at = 0;
            while (at < length && !rests()) {
                Batch batch = ioLoop.batch();
                if (batch.isFull()) {
                    waitForLoop();
                    break;
                }
                int before = batch.count();
                int from = at;
                at += parser.parse(base + at, length - at, batch, client());
                if (batch.count() > before) {
                    batch.hold(input.retain());
                    handOver(at - from, at - from + unused);
                    unused = 0;
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

    private void waitForLoop() {
        waitsForLoop = true;
        ioLoop.awaitPlace(this);
        channel.config().setAutoRead(false);
    }

    /**
     * Requests are in the batch.
     *
     * @param bytes of them
     * @param memory that they hold, in bytes
     */
    private void handOver(int bytes, int memory) {
        if (ioLoop.isInPlace()) {
            return;
        }
        ioLoop.holds(this, bytes, memory);
        underWayBytes.addAndGet(bytes);
        if (underWayMemory.addAndGet(memory) >= FULL_BYTES) {
            full = true;
            // What was under way before may have been taken a moment ago: nobody would tell then.
            full = underWayMemory.get() > ROOM_BYTES;
            channel.config().setAutoRead(!full);
        }
    }

    /** The command thread has these requests in hand; on that thread. */
    void taken(int bytes, int memory) {
        underWayBytes.addAndGet(-bytes);
        if (underWayMemory.addAndGet(-memory) <= ROOM_BYTES && full) {
            ioLoop.eventLoop().execute(this::hasRoom);
        }
    }

    private void hasRoom() {
        if (full && underWayMemory.get() <= ROOM_BYTES) {
            full = false;
            goOn();
        }
    }

    /** The loop takes requests again. */
    void loopHasPlace() {
        waitsForLoop = false;
        goOn();
    }

    /** Parses what has come meanwhile, then reads on. */
    private void goOn() {
        if (deaf || rests()) {
            return;
        }
        ByteBuf kept = tail;
        if (kept != null && !parser.isStopped() && isWorthParsing(kept)) {
            var _ = takeTail();
            try {
                parse(kept);
            } catch (OutOfMemoryError e) {
                refuse(e);
                return;
            }
        }
        if (rests()) {
            return;
        }
        if (ended) {
            ioLoop.afterwards(connection::endOfInput);
        } else {
            channel.config().setAutoRead(true);
        }
    }

    private boolean isWorthParsing(ByteBuf kept) {
        return kept.readableBytes() >= parser.neededBytes();
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
                // While it rests nobody knows how much more the loop has read already.
                long more = rests() ? 2 * total : Math.min(parser.neededBytes(), 2 * total);
                long wanted = Math.max(total, more);
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
        if (parser.isStopped() || rests() || !isWorthParsing(kept)) {
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

    /** Nothing more will come: what has come is answered before the end. */
    void inputEnded() {
        ended = true;
        if (!rests()) {
            ioLoop.afterwards(connection::endOfInput);
        }
    }

    /** The connection has ended. */
    void close() {
        ByteBuf kept = takeTail();
        if (kept != null) {
            kept.release();
        }
        deaf = true;
        parser.close();
    }

    /** The client may have authenticated: what was too large for a stranger is looked at again. */
    void resume() {
        if (!ioLoop.isInPlace() || parser.isStopped()) {
            // Not here: the batch that is being run takes no more requests.
            ioLoop.eventLoop().execute(this::parseOn);
        }
    }

    private void parseOn() {
        if (parser.isStopped() && !deaf) {
            parser.restart();
            goOn();
        }
    }

    /** Whether requests of so many bytes may wait with the client; on the command thread. */
    boolean mayPostpone(long bytes) {
        if (bytes > limits.maxQueryBytes) {
            reportQueryBuffer();
            return false;
        }
        Consumer<Client> watcher = limits.inputWatcher;
        if (watcher != null) {
            watcher.accept(client());
        }
        return true;
    }

    /** Bytes that have come since the connection began, roughly; from any thread. */
    long arrivedBytes() {
        return arrivedBytes;
    }

    /** Bytes of requests that have come and that the command thread has not; from any thread. */
    long unparsedBytes() {
        return tailBytes + underWayBytes.get();
    }

    /** Memory that they take; from any thread. */
    long memoryBytes() {
        return tailCapacity + underWayMemory.get();
    }
}
