package io.carnelian.replication;

import io.carnelian.replication.stream.ReplicationId;
import io.carnelian.server.feed.StreamPosition;
import java.util.random.RandomGenerator;

/**
 * Which history of writes this node's data set belongs to. The present one has a name that it
 * shares with everybody who has the same data at the same position; a former one is remembered
 * after a promotion. Command thread only.
 */
public final class NodeHistory {
    private final RandomGenerator random;
    private String replid;
    private String replid2 = ReplicationId.NONE;
    private long secondOffset = -1;
    private String origin = "";
    private Runnable listener = () -> {};

    /**
     * @param random one that nobody can guess
     */
    public NodeHistory(RandomGenerator random) {
        this.random = random;
        this.replid = newId();
    }

    /** A name that nobody has used. */
    public String newId() {
        byte[] bytes = new byte[ReplicationId.RANDOM_BYTES];
        random.nextBytes(bytes);
        return ReplicationId.of(bytes);
    }

    /**
     * A history begins that has nothing to do with any other: writes were made that no stream
     * recorded.
     */
    public void begin() {
        replid = newId();
        replid2 = ReplicationId.NONE;
        secondOffset = -1;
        listener.run();
    }

    /** The data set is that of another node now, at the same place of its history. */
    public void become(String id) {
        replid = id;
        replid2 = ReplicationId.NONE;
        secondOffset = -1;
        origin = "";
        listener.run();
    }

    /** The process goes on from a file that stood at this offset of the history. */
    public void restartedAt(long offset) {
        origin = replid + ":" + offset;
    }

    /**
     * From which place of which history this process, as a primary, went on when it started: {@code
     * replid:offset}; empty if it began with nothing or has taken its data from another node.
     */
    public String origin() {
        return origin;
    }

    /** Who hears that the names have changed; the offset may change after that in the same turn. */
    public void onChange(Runnable who) {
        listener = who;
    }

    /** From here on the history has another name; up to here both are right. */
    public void rename(String id, long position) {
        replid2 = replid;
        secondOffset = position + 1;
        replid = id;
        listener.run();
    }

    public String replid() {
        return replid;
    }

    public String replid2() {
        return replid2;
    }

    /** First byte number that is not valid for {@link #replid2}, -1 without one. */
    public long secondOffset() {
        return secondOffset;
    }

    /** Where the data set stands when the stream has this offset. */
    public StreamPosition at(long offset) {
        return new StreamPosition(replid, replid2, offset, secondOffset);
    }
}
