package io.carnelian.server.net;

import io.carnelian.server.client.Client;
import io.carnelian.server.command.Batch;
import io.carnelian.server.command.Executor;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.request.ProtocolErrors;
import io.carnelian.server.request.ProtocolLimits;
import io.carnelian.server.request.RequestParser;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Runs the stream of the primary that we follow, and passes it on byte by byte.
 *
 * <pre>
 *   │SET a 1│MULTI│INCR b│EXEC│DEL c│MULTI│INCR d│EX
 *   └─ run ─────────────────────────┴─ queued ───┴─ not whole: tail
 *   └─ relayed: the offset is here ─┘└─ aside: relayed with its EXEC
 * </pre>
 *
 * So the offset only ever stands where the data set is that of the primary at some time: nothing is
 * half done there, and a new connection goes on from it. During a pause everything waits in the
 * tail. Command thread only.
 */
public final class StreamApplier {
    private static final int FIRST_BYTES = 4 * 1024;
    private static final long MAX_REQUEST_BYTES = Integer.MAX_VALUE - 64;
    private static final Token MULTI = Token.of("multi");
    private static final Token EXEC = Token.of("exec");
    private static final Token DISCARD = Token.of("discard");

    private final Executor executor;
    private final Keyspace keyspace;
    private final WriteStream stream;
    private final ByteBufAllocator allocator;
    private final Client client;
    private final RequestParser parser;
    private final Batch batch = new Batch();
    private @Nullable ByteBuf tail;
    private @Nullable ByteBuf aside;
    private boolean inTransaction;
    private boolean incomplete;
    private Runnable onGoneOn = () -> {};

    /**
     * @param client stands for the primary
     */
    public StreamApplier(
            Executor executor, Keyspace keyspace, ByteBufAllocator allocator, Client client) {
        this.executor = executor;
        this.keyspace = keyspace;
        this.stream = executor.stream();
        this.allocator = allocator;
        this.client = client;
        ProtocolLimits limits = new ProtocolLimits();
        limits.maxBulkBytes = MAX_REQUEST_BYTES;
        limits.maxQueryBytes = MAX_REQUEST_BYTES;
        this.parser = new RequestParser(limits);
        keyspace.onThaw(this::goOn);
    }

    /** Who hears that a pause is over and what has come meanwhile has been run. */
    public void onGoneOn(Runnable listener) {
        onGoneOn = listener;
    }

    /** Whether the bytes were no stream: there is no telling where it would go on. */
    public boolean isBroken() {
        return parser.isStopped();
    }

    /** Whether memory ran out for a command: the data set is not the primary's any more. */
    public boolean isIncomplete() {
        return incomplete;
    }

    /** The next bytes of the stream; takes them over. Afterwards the client may be closing. */
    public void apply(ByteBuf input) {
        ByteBuf kept = tail;
        ByteBuf whole = input;
        if (kept != null) {
            whole = joined(kept, input);
            input.release();
            tail = null;
            if (whole.readableBytes() < parser.neededBytes()) {
                tail = whole;
                return;
            }
        }
        if (keyspace.isFrozen()) {
            tail = whole;
        } else {
            runAll(whole);
        }
    }

    /** A pause is over: what has come meanwhile is run. */
    private void goOn() {
        ByteBuf kept = tail;
        if (kept != null) {
            tail = null;
            runAll(kept);
        }
        onGoneOn.run();
    }

    private void runAll(ByteBuf whole) {
        try {
            int done = run(whole);
            int rest = whole.readableBytes() - done;
            if (rest > 0 && !client.closing) {
                long address = whole.memoryAddress() + whole.readerIndex() + done;
                tail = room(null, Math.min(parser.neededBytes(), 2L * rest), rest);
                put(tail, address, rest);
            }
        } finally {
            whole.release();
        }
    }

    private ByteBuf joined(ByteBuf kept, ByteBuf input) {
        int more = input.readableBytes();
        ByteBuf to = room(kept, Math.min(parser.neededBytes(), 2L * kept.readableBytes()), more);
        put(to, input.memoryAddress() + input.readerIndex(), more);
        return to;
    }

    /** The buffer, or a larger one in its place, with room for {@code more} bytes. */
    private ByteBuf room(@Nullable ByteBuf buffer, long wanted, int more) {
        long used = buffer == null ? 0 : buffer.readableBytes();
        if (buffer != null && buffer.capacity() - buffer.writerIndex() >= more) {
            return buffer;
        }
        long capacity = Math.max(Math.max(wanted, FIRST_BYTES), used + more);
        if (used + more > MAX_REQUEST_BYTES) {
            throw new OutOfMemoryError("a request of " + (used + more) + " bytes");
        }
        ByteBuf larger = allocator.directBuffer((int) Math.min(capacity, MAX_REQUEST_BYTES));
        if (buffer != null) {
            put(larger, buffer.memoryAddress() + buffer.readerIndex(), (int) used);
            buffer.release();
        }
        return larger;
    }

    private static void put(ByteBuf to, long address, int length) {
        Memory.copy(address, to.memoryAddress() + to.writerIndex(), length);
        to.writerIndex(to.writerIndex() + length);
    }

    /** Runs all whole commands; returns how many bytes they are. */
    private int run(ByteBuf input) {
        long base = input.memoryAddress() + input.readerIndex();
        int length = input.readableBytes();
        int at = 0;
        while (at < length && !client.closing) {
            int first = at;
            int settled = first;
            while (at < length && !batch.isFull()) {
                int mark = batch.args();
                if (isInline(Memory.getByte(base + at))) {
                    parser.close();
                    batch.addProtocolError(client, ProtocolErrors.INLINE_STREAM);
                    break;
                }
                int taken = parser.parseOne(base + at, length - at, batch, client);
                if (taken == 0) {
                    break;
                }
                at += taken;
                if (batch.args() > mark) {
                    noteTransaction(batch.argAddress(mark), batch.argLength(mark));
                }
                settled = inTransaction ? settled : at;
            }
            execute(input);
            if (at == first) {
                break;
            }
            pass(base, first, settled, at);
        }
        return at;
    }

    /** Primaries say arrays only, and perhaps empty lines: anything else is a stream gone wrong. */
    private static boolean isInline(byte first) {
        return first != '*' && first != '\r' && first != '\n';
    }

    private void noteTransaction(long name, int length) {
        if (MULTI.matches(name, length)) {
            inTransaction = true;
        } else if (EXEC.matches(name, length) || DISCARD.matches(name, length)) {
            inTransaction = false;
        }
    }

    private void execute(ByteBuf input) {
        if (batch.count() == 0) {
            return;
        }
        batch.hold(input.retain());
        int before = keyspace.expiredKeys();
        keyspace.expiredKeys(Keyspace.EXPIRED_IGNORE);
        long memoryErrors = executor.stats().memoryErrors();
        try {
            executor.execute(batch);
        } finally {
            keyspace.expiredKeys(before);
        }
        if (executor.stats().memoryErrors() != memoryErrors) {
            incomplete = true;
            client.kill();
        }
    }

    /** Relays what was kept aside and the bytes up to {@code settled}; keeps the rest aside. */
    private void pass(long base, int first, int settled, int end) {
        if (settled > first) {
            ByteBuf before = aside;
            aside = null;
            if (before != null) {
                stream.relay(before.memoryAddress() + before.readerIndex(), before.readableBytes());
                before.release();
            }
            stream.relay(base + first, settled - first);
        }
        if (end > settled) {
            ByteBuf kept = aside;
            long wanted = kept == null ? 0 : 2L * kept.readableBytes();
            ByteBuf to = room(kept, wanted, end - settled);
            put(to, base + settled, end - settled);
            aside = to;
        }
    }

    /** Bytes that have come and are not part of the offset yet. */
    public long unsettledBytes() {
        long bytes = tail == null ? 0 : tail.readableBytes();
        bytes += aside == null ? 0 : aside.readableBytes();
        return bytes;
    }

    /** Forgets what is not whole; gives memory back. */
    public void close() {
        keyspace.onThaw(() -> {});
        parser.close();
        if (tail != null) {
            tail.release();
            tail = null;
        }
        if (aside != null) {
            aside.release();
            aside = null;
        }
    }
}
