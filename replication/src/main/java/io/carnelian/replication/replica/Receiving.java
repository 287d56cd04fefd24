package io.carnelian.replication.replica;

import io.carnelian.rdb.load.LoadProgress;
import io.carnelian.rdb.load.LoadResult;
import io.carnelian.replication.stream.Handshake.Payload;
import io.carnelian.replication.stream.PayloadFrame;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.net.Dialer;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One payload on its way in: what the socket brings goes through the frame and the pipe to a thread
 * that loads it. Command thread only.
 */
final class Receiving implements PayloadLoad.Outcome {
    /** What became of it; told once, on the command thread, unless it was stopped before. */
    interface Outcome {
        /** The data is there, and belongs to the command thread. */
        void loaded(Keyspace data, LoadResult result);

        void failed(String why);
    }

    private final Dialer.Wire wire;
    private final Mailbox mailbox;
    private final Outcome outcome;
    private final PayloadFrame frame;
    private final PayloadPipe pipe;
    private final PayloadLoad load;
    private final LoadProgress progress;
    private final Keyspace target;
    private final long totalBytes;
    private @Nullable ByteBuf rest;
    private @Nullable LoadResult result;
    private boolean resting;
    private boolean stopped;

    Receiving(
            Payload announced,
            PayloadSource source,
            Dialer.Wire wire,
            Mailbox mailbox,
            long nowMs,
            Outcome outcome) {
        this.wire = wire;
        this.mailbox = mailbox;
        this.outcome = outcome;
        this.totalBytes = Math.max(0, announced.length());
        this.frame = new PayloadFrame(announced.length(), announced.endMark());
        this.pipe = new PayloadPipe(() -> mailbox.post(this::readOn));
        this.progress = new LoadProgress(nowMs, totalBytes);
        this.target = source.unpublished().get();
        this.load = new PayloadLoad(source, target, pipe, progress, nowMs, this);
    }

    void begin() {
        Thread.ofPlatform().daemon().name("loader").start(load);
    }

    /** Bytes from the socket; keeps what comes behind the payload. Takes them over. */
    void received(ByteBuf bytes) {
        if (frame.isWhole()) {
            keep(bytes);
            return;
        }
        byte[] chunk = new byte[bytes.readableBytes()];
        bytes.getBytes(bytes.readerIndex(), chunk);
        byte[] out = frame.accept(chunk);
        bytes.skipBytes(frame.taken());
        resting = !pipe.put(out);
        if (frame.isWhole()) {
            pipe.end();
            mailbox.post(this::tell);
        }
        keep(bytes);
        // Behind the payload comes the stream, for which there is no place yet.
        resting |= frame.isWhole();
        wire.reads(!resting);
    }

    private void keep(ByteBuf bytes) {
        ByteBuf before = rest;
        if (!bytes.isReadable()) {
            bytes.release();
        } else if (before == null) {
            rest = bytes;
        } else {
            rest = before.alloc().directBuffer(before.readableBytes() + bytes.readableBytes());
            rest.writeBytes(before).writeBytes(bytes);
            before.release();
            bytes.release();
        }
    }

    private void readOn() {
        if (resting && !stopped && !frame.isWhole()) {
            resting = false;
            wire.reads(true);
        }
    }

    /** Whether the socket is not read because we are slower: silence says nothing then. */
    boolean isResting() {
        return resting;
    }

    boolean isWhole() {
        return frame.isWhole();
    }

    long receivedBytes() {
        return frame.payloadBytes();
    }

    /** Bytes that were announced; 0 if they end with a mark. */
    long totalBytes() {
        return totalBytes;
    }

    LoadProgress progress() {
        return progress;
    }

    /** What came behind the payload, for the stream; the caller owns it. */
    @Nullable ByteBuf takeRest() {
        ByteBuf taken = rest;
        rest = null;
        return taken;
    }

    /** Gives it up: nothing is told any more. */
    void stop(String why) {
        stopped = true;
        load.stop(why);
        tell();
        ByteBuf left = takeRest();
        if (left != null) {
            left.release();
        }
    }

    @Override
    public void loaded(LoadResult loaded) {
        mailbox.post(() -> {
            result = loaded;
            pipe.fail("nothing is read any more");
            readOn();
            tell();
        });
    }

    /** The data may be whole before the mark behind it has come. */
    private void tell() {
        LoadResult loaded = result;
        if (loaded == null) {
            return;
        }
        if (stopped) {
            result = null;
            target.discard();
        } else if (frame.isWhole()) {
            result = null;
            outcome.loaded(target, loaded);
        }
    }

    @Override
    public void failed(String why) {
        mailbox.post(() -> {
            if (!stopped) {
                outcome.failed(why);
            }
        });
    }
}
