package io.carnelian.aof.write;

import io.carnelian.server.feed.StreamBlock;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * What lies between the command thread and the writer: jobs in their order, and the bell.
 *
 * <p>A turn of a few small writes must cost next to nothing here, so the stream's bytes are not
 * handed over piece by piece: a span of a block is, once, and every turn moves its end. The writer
 * takes what is between there and what it took before. When another job stands behind the span, it
 * has its last end.
 *
 * <pre>
 *   queue │Place│span of block 7│Step│span of block 7│
 *                │taken···│  end ──►                ▲ grows as long as it is the last
 * </pre>
 *
 * <p>The writer is woken only if what waits has reached {@code ringAt}, which it sets before it
 * rests. Each side first says how far it is and then looks how far the other is, so that one of
 * them sees what the other said last: bytes that come while the writer decides to rest are seen by
 * it, or ring. Whoever lowers the bell wakes the writer after that, never before: else the writer
 * could rest between the two with a bell that is gone.
 */
final class Handover {
    private sealed interface Entry permits Single, Span {}

    private record Single(Job job) implements Entry {}

    /** Bytes of one block, whole turns, from where it begins to the block's end. */
    private static final class Span implements Entry {
        private final ByteBuf memory;
        private int filled;
        private volatile int end;
        private int taken;

        Span(ByteBuf memory) {
            this.memory = memory;
        }

        void grow(int bytes) {
            filled += bytes;
            end = filled;
        }

        @Nullable ByteBuf take() {
            int from = taken;
            int to = end;
            if (from == to) {
                return null;
            }
            taken = to;
            return memory.retainedSlice(from, to - from);
        }
    }

    private static final long NEVER = Long.MAX_VALUE;

    private final ConcurrentLinkedQueue<Entry> queue = new ConcurrentLinkedQueue<>();
    private final Runnable unpark;

    // ---- of the command thread

    private @Nullable Span growing;
    private @Nullable StreamBlock growingBlock;
    private int growingTo;
    private long given;

    // ---- between the two

    /** Bytes of the stream that turns have brought, all in all. Set by the command thread. */
    private volatile long handed;

    /** The bell rings when {@link #handed} is so much. Set by both. */
    private volatile long ringAt = NEVER;

    /** Somebody called, whatever waits. */
    private volatile boolean called;

    // ---- of the writer

    private @Nullable Span current;
    private long taken;

    /**
     * @param unpark wakes the writer, or lets its next rest be none
     */
    Handover(Runnable unpark) {
        this.unpark = unpark;
    }

    // ---- for the command thread

    /** The next bytes of the stream: [from, to) of the block. */
    void bytes(StreamBlock block, int from, int to) {
        Span last = growing;
        if (last == null || !block.equals(growingBlock) || growingTo != from) {
            last = new Span(block.slice(from, block.capacity()));
            growing = last;
            growingBlock = block;
            queue.add(last);
        }
        last.grow(to - from);
        growingTo = to;
        given += to - from;
    }

    void add(Job job) {
        growing = null;
        growingBlock = null;
        queue.add(new Single(job));
    }

    /** All bytes of a turn are there: the writer is woken if it waits for as many. */
    void endOfTurn() {
        handed = given;
        if (given >= ringAt) {
            ringAt = NEVER;
            unpark.run();
        }
    }

    /** Wakes the writer in any case: it looks at everything again. From any thread. */
    void call() {
        called = true;
        unpark.run();
    }

    // ---- for the writer

    /** What was called for is about to be looked at. */
    void answer() {
        called = false;
    }

    /** The next job, or null; bytes are the receiver's to release. */
    @Nullable Job poll() {
        while (true) {
            Span span = current;
            Entry next = queue.peek();
            if (span != null) {
                // In this order: the end that is read behind a job that follows is the last one.
                ByteBuf more = span.take();
                if (more != null) {
                    taken += more.readableBytes();
                    return new Job.Bytes(more);
                }
                if (next != null) {
                    span.memory.release();
                    current = null;
                }
            }
            if (next == null) {
                return null;
            }
            var _ = queue.remove();
            switch (next) {
                case Single(Job job) -> {
                    return job;
                }
                case Span begun -> current = begun;
            }
        }
    }

    /** Bytes of whole turns that wait. */
    long waitingBytes() {
        return handed - taken;
    }

    /**
     * Rests until so many bytes wait, or somebody calls; it may also end for no reason.
     *
     * @param park rests until it is woken, or its time is over
     */
    void rest(long waitingBytes, Runnable park) {
        long until = taken + waitingBytes;
        ringAt = until;
        if (handed < until && !called) {
            park.run();
        }
        ringAt = NEVER;
    }

    /** Gives back what nobody took; the writer's last act. */
    void close() {
        for (Job job = poll(); job != null; job = poll()) {
            if (job instanceof Job.Bytes(ByteBuf bytes)) {
                bytes.release();
            }
        }
        if (current != null) {
            current.memory.release();
            current = null;
        }
    }
}
