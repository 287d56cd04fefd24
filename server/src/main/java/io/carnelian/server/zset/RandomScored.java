package io.carnelian.server.zset;

import static io.carnelian.server.command.Categories.SORTEDSET;
import static io.carnelian.server.command.Flags.READONLY;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.commands.SampleSize;
import io.carnelian.server.resp.Output;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * ZRANDMEMBER: members that chance chooses, all alike. A small part of different ones is drawn by
 * rank until enough came, a greater part is sifted in one pass through all members.
 */
final class RandomScored {
    private static final Token TOKEN_WITHSCORES = Token.of("WITHSCORES");

    /** A sample of less than a third of the members is drawn; a greater one is sifted. */
    private static final int DRAW_FACTOR = 3;

    private final SortedSetValue set;
    private final Scored chosen = new Scored();

    RandomScored(SortedSetValue set) {
        this.set = set;
    }

    void addTo(CommandTable commands) {
        commands.add("zrandmember", -2, READONLY, Keys.FIRST, SORTEDSET, this::zrandmember);
    }

    private void zrandmember(Call call) {
        if (call.argc() == 2) {
            lookup(call);
            if (set.count() == 0) {
                call.reply().nullBulk();
            } else {
                set.random(chosen, call.keyspace().random());
                call.reply().bulk(chosen.address, chosen.length);
            }
            return;
        }
        SampleSize size = SampleSize.of(call, TOKEN_WITHSCORES);
        lookup(call);
        sample(call, size.count(), size.pairs());
    }

    private void sample(Call call, long count, boolean withScores) {
        Reply reply = call.reply();
        RandomGenerator random = call.keyspace().random();
        long members = set.count();
        if (members == 0 || count == 0) {
            reply.array(0);
        } else if (count < 0) {
            ScoredReply.begin(reply, -count, withScores);
            Output output = call.client().output();
            for (long i = count; i < 0 && !output.isDropping(); i++) {
                set.random(chosen, random);
                ScoredReply.member(reply, chosen, withScores);
            }
        } else if (count >= members) {
            ScoredReply.begin(reply, members, withScores);
            set.forEach(each -> ScoredReply.member(reply, each, withScores));
        } else {
            ScoredReply.begin(reply, count, withScores);
            if (count > members / DRAW_FACTOR) {
                sift(reply, count, withScores, random);
            } else {
                draw(reply, count, withScores, random);
            }
        }
    }

    private void sift(Reply reply, long count, boolean withScores, RandomGenerator random) {
        long[] left = {set.count(), count};
        set.forEach(each -> {
            if (random.nextLong(left[0]--) < left[1]) {
                left[1]--;
                ScoredReply.member(reply, each, withScores);
            }
        });
    }

    private void draw(Reply reply, long count, boolean withScores, RandomGenerator random) {
        Set<Long> drawn = new HashSet<>();
        while (drawn.size() < count) {
            long rank = random.nextLong(set.count());
            if (drawn.add(rank)) {
                set.at(rank, chosen);
                ScoredReply.member(reply, chosen, withScores);
            }
        }
    }

    private void lookup(Call call) {
        long record = call.db().lookupRead(call.key(1));
        SortedSetValue.check(record);
        set.read(record);
    }
}
