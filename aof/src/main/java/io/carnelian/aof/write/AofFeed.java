package io.carnelian.aof.write;

import io.carnelian.aof.log.Annotation;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.feed.Sink;
import io.carnelian.server.feed.StreamBlock;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.resp.Reply;
import java.util.function.LongSupplier;

/**
 * The sink that hands the stream to the writer, turn by turn, with lines between commands that say
 * where the stream is. They stand where a turn begins or ends, so never inside a transaction:
 *
 * <pre>
 *   #TS:..  before a turn's bytes, once a second       (aof-timestamp-enabled)
 *           and in each file before the first of them: what precedes may be deleted
 *   #CN:..  where the position does not follow from what precedes: after a restart,
 *           in a file that begins within another server's stream
 *           where the history got another name: before what is told under it
 *           behind a turn's bytes, every MiB or ten seconds: vouches for what precedes
 *   #CA:    before a SELECT that is not of that stream: were the #CN: behind it
 *           cut off, its bytes would be taken for bytes that the primary has sent
 * </pre>
 *
 * Command thread only.
 */
final class AofFeed implements Sink {
    private static final long PLACE_BYTES = 1 << 20;
    private static final long PLACE_MS = 10_000;
    private static final long SECOND_MS = 1000;

    private final AofWriter writer;
    private final WriteStream stream;
    private final Positions positions;
    private final Toggle timestamps;
    private final LongSupplier nowMs;
    private boolean inTurn;
    private long expectedOffset;
    private long bytesSincePlace;
    private long placedAtMs;
    private long stampedSecond;
    private String placedId = "";

    /**
     * @param timestamps {@code aof-timestamp-enabled}
     * @param nowMs of this turn, in ms since 1970
     */
    AofFeed(
            AofWriter writer,
            WriteStream stream,
            Positions positions,
            Toggle timestamps,
            LongSupplier nowMs) {
        this.writer = writer;
        this.stream = stream;
        this.positions = positions;
        this.timestamps = timestamps;
        this.nowMs = nowMs;
    }

    /**
     * A file begins with the next byte of the stream.
     *
     * @param placed whether what is loaded before it says where the stream is
     */
    void fileBegins(boolean placed) {
        inTurn = false;
        expectedOffset = stream.offset();
        placedAtMs = nowMs.getAsLong();
        bytesSincePlace = 0;
        stampedSecond = 0;
        placedId = positions.replid();
        boolean says = !placed;
        if (stream.isRelaying()) {
            String db = Integer.toString(positions.streamDb());
            writer.add(
                    new Job.Aside(
                            Reply.ascii(
                                    Annotation.APART
                                            + "\r\n*2\r\n$6\r\nSELECT\r\n$"
                                            + db.length()
                                            + "\r\n"
                                            + db
                                            + "\r\n")));
            says = true;
        } else {
            stream.forgetDb();
        }
        if (says) {
            place(expectedOffset);
        }
    }

    @Override
    public void accept(StreamBlock block, int from, int to) {
        if (!inTurn) {
            inTurn = true;
            beforeTurn(block.start() + from);
        } else if (isRenamed()) {
            place(block.start() + from);
        }
        writer.add(block, from, to);
        bytesSincePlace += to - from;
        expectedOffset = block.start() + to;
    }

    private void beforeTurn(long offset) {
        if (timestamps.on) {
            long second = nowMs.getAsLong() / SECOND_MS;
            if (second != stampedSecond) {
                stampedSecond = second;
                writer.add(new Job.Aside(new Annotation.Timestamp(second).line()));
            }
        }
        if (offset != expectedOffset || isRenamed()) {
            place(offset);
        }
    }

    /** What precedes was told under another name; it changes between two commands only. */
    private boolean isRenamed() {
        return !positions.replid().equals(placedId);
    }

    /** Everything of the turn has been handed over. */
    void endOfTurn() {
        boolean renamed = isRenamed();
        if (inTurn) {
            inTurn = false;
            boolean old = nowMs.getAsLong() - placedAtMs > PLACE_MS;
            if (bytesSincePlace > PLACE_BYTES || old || renamed) {
                place(stream.offset());
                writer.wake();
            }
            writer.endOfTurn();
        } else if (renamed) {
            place(stream.offset());
            writer.wake();
        }
    }

    private void place(long offset) {
        String id = positions.replid();
        placedId = id;
        placedAtMs = nowMs.getAsLong();
        bytesSincePlace = 0;
        if (!id.isEmpty()) {
            writer.add(new Job.Place(id, offset, placedAtMs));
        }
    }

    /**
     * The file ends between two commands: what is behind the last line is vouched for too. Not if
     * the position is already that of other data.
     */
    void fileEnds() {
        boolean goesOn = stream.offset() == expectedOffset && positions.replid().equals(placedId);
        if (bytesSincePlace > 0 && goesOn) {
            place(expectedOffset);
        }
    }
}
