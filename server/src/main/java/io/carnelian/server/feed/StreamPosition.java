package io.carnelian.server.feed;

/**
 * Where a data set stands in a history of writes.
 *
 * @param replid 40 hex digits that name the history
 * @param replid2 the history before a promotion, 40 zeros when there is none
 * @param offset bytes of the stream that the data set includes
 * @param secondOffset first offset that is no longer valid for {@code replid2}, -1 without one
 */
public record StreamPosition(String replid, String replid2, long offset, long secondOffset) {
    public static final String NO_ID = "0".repeat(40);
}
