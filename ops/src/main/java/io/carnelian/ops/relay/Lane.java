package io.carnelian.ops.relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * One way of a connection. One thread reads, another one writes, so that a delay does not limit how
 * much is under way; beyond a window of bytes the sender has to wait, as for a slow receiver.
 */
final class Lane {
    private static final int PIECE_BYTES = 4 * 1024;
    private static final int WINDOW_BYTES = 256 * 1024;
    private static final long NANOS = 1_000_000_000L;

    /** Bytes and when they came; or how it ended. */
    private record Piece(byte[] bytes, long atNs, End end) {}

    private enum End {
        NOT_YET,
        CLOSED,
        BROKEN
    }

    private final Crossing crossing;
    private final Socket from;
    private final Socket to;
    private final boolean toTarget;
    private final LinkedBlockingQueue<Piece> underWay = new LinkedBlockingQueue<>();
    private final Semaphore window = new Semaphore(WINDOW_BYTES);

    Lane(Crossing crossing, Socket from, Socket to, boolean toTarget) {
        this.crossing = crossing;
        this.from = from;
        this.to = to;
        this.toTarget = toTarget;
    }

    void read() {
        End end = End.CLOSED;
        try {
            byte[] buffer = new byte[PIECE_BYTES];
            InputStream in = from.getInputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                window.acquire(n);
                byte[] bytes = Arrays.copyOf(buffer, n);
                underWay.add(new Piece(bytes, System.nanoTime(), End.NOT_YET));
            }
        } catch (IOException broken) {
            end = End.BROKEN;
        } catch (InterruptedException ended) {
            return;
        }
        underWay.add(new Piece(new byte[0], System.nanoTime(), end));
    }

    void write() {
        try {
            OutputStream out = to.getOutputStream();
            long freeNs = System.nanoTime();
            for (Piece piece = underWay.take(); ; piece = underWay.take()) {
                Flow flow = awaitTurn(piece);
                if (piece.end() != End.NOT_YET) {
                    finish(piece.end());
                    return;
                }
                out.write(piece.bytes());
                window.release(piece.bytes().length);
                if (flow.bytesPerSecond() > 0) {
                    long tookNs = piece.bytes().length * NANOS / flow.bytesPerSecond();
                    freeNs = Math.max(freeNs, System.nanoTime()) + tookNs;
                    sleepUntil(freeNs);
                }
            }
        } catch (IOException broken) {
            crossing.reset();
        } catch (InterruptedException ended) {
            return;
        }
    }

    /** Until it may arrive; a silence that begins meanwhile holds it, too. */
    private Flow awaitTurn(Piece piece) throws InterruptedException {
        while (true) {
            Flow flow = crossing.awaitFlow(toTarget);
            long dueNs = piece.atNs() + flow.delayMs() * 1_000_000L;
            if (dueNs <= System.nanoTime()) {
                return flow;
            }
            sleepUntil(dueNs);
        }
    }

    private void finish(End end) throws IOException {
        if (end == End.BROKEN) {
            crossing.reset();
        } else {
            to.shutdownOutput();
            crossing.laneEnded();
        }
    }

    private static void sleepUntil(long ns) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(ns - System.nanoTime());
    }
}
