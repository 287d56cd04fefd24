package io.carnelian.server.zset;

import io.carnelian.server.resp.Reply;

/**
 * Members in a reply, with their scores or without: in RESP2 scores stand between the members, in
 * RESP3 each member and its score are an array of their own.
 */
final class ScoredReply {
    private ScoredReply() {}

    static void begin(Reply reply, long members, boolean withScores) {
        reply.array(withScores && !reply.isResp3() ? 2 * members : members);
    }

    static void member(Reply reply, Scored each, boolean withScores) {
        if (withScores && reply.isResp3()) {
            reply.array(2);
        }
        reply.bulk(each.address, each.length);
        if (withScores) {
            reply.doubleValue(each.score);
        }
    }
}
