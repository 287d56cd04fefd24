package io.carnelian.replication.stream;

/**
 * What a primary answers to {@code PSYNC replid byteNumber}: go on from where the replica stands,
 * or send everything, and then why. The replica may name our present history, or the one before the
 * last promotion as far as we shared it.
 *
 * <pre>
 *   replid2 ────────────────────┬────────              secondOffset: the first byte number that
 *   replid                      └───────────────►      we do not share with the old history
 *                       [backlog ················]
 *                       first byte number     last
 * </pre>
 */
public sealed interface PsyncDecision {
    /** The stream is sent from this byte number on. */
    record Continue(long fromByteNumber) implements PsyncDecision {}

    /** A snapshot is sent. */
    record FullResync(Reason why) implements PsyncDecision {}

    /** Why not to continue; each has its sentence in the log. */
    enum Reason {
        /** It holds nothing: {@code PSYNC ? -1}. */
        ASKED_FOR,
        /** It names a history that is not ours. */
        OTHER_HISTORY,
        /** It names our former history, but has gone further in it than we did. */
        BEYOND_SECOND_OFFSET,
        /** Nobody has followed us so far, so no stream was kept. */
        NO_BACKLOG,
        /** What it needs has left the backlog. */
        BEFORE_BACKLOG,
        /** It claims more of our history than there is. */
        AHEAD
    }

    /**
     * What a node knows of its own stream.
     *
     * @param replid name of the present history
     * @param replid2 name of the former one, or {@link ReplicationId#NONE}
     * @param secondOffset first byte number that is not valid for {@code replid2}, -1 without one
     * @param position bytes in the stream so far
     * @param backlogBytes how many of the last of them are kept, -1 when there is no backlog
     */
    record History(
            String replid, String replid2, long secondOffset, long position, long backlogBytes) {
        /** Number of the first byte that can be sent; meaningless without backlog. */
        public long firstByteNumber() {
            return position - backlogBytes + 1;
        }
    }

    /** The replid that asks for a full resync. */
    String ANY = "?";

    static PsyncDecision decide(History history, String replid, long byteNumber) {
        if (!replid.equalsIgnoreCase(history.replid)) {
            boolean former = replid.equalsIgnoreCase(history.replid2) && history.secondOffset >= 0;
            if (!former || byteNumber > history.secondOffset) {
                return new FullResync(
                        replid.equals(ANY)
                                ? Reason.ASKED_FOR
                                : former ? Reason.BEYOND_SECOND_OFFSET : Reason.OTHER_HISTORY);
            }
        }
        if (history.backlogBytes < 0) {
            return new FullResync(Reason.NO_BACKLOG);
        }
        if (byteNumber > history.position + 1) {
            return new FullResync(Reason.AHEAD);
        }
        if (byteNumber < history.firstByteNumber()) {
            return new FullResync(Reason.BEFORE_BACKLOG);
        }
        return new Continue(byteNumber);
    }
}
