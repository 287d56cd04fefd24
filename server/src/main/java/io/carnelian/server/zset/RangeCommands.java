package io.carnelian.server.zset;

import static io.carnelian.server.command.Categories.SORTEDSET;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.zset.RangeSpec.By;

/**
 * Parts of the order of a sorted set: counting, listing, storing, removing them. All of the ZRANGE
 * family is one command that has had more names than options; what a name says of kind and
 * direction is fixed, ZRANGE and ZRANGESTORE take it as options.
 */
final class RangeCommands {
    private static final ErrorReply LIMIT_BY_RANK =
            ErrorReply.of(
                    "ERR syntax error, LIMIT is only supported in combination with either BYSCORE"
                            + " or BYLEX");
    private static final ErrorReply SCORES_BY_LEX =
            ErrorReply.of("ERR syntax error, WITHSCORES not supported in combination with BYLEX");

    private static final Token TOKEN_WITHSCORES = Token.of("WITHSCORES");
    private static final Token TOKEN_LIMIT = Token.of("LIMIT");
    private static final Token TOKEN_REV = Token.of("REV");
    private static final Token TOKEN_BYSCORE = Token.of("BYSCORE");
    private static final Token TOKEN_BYLEX = Token.of("BYLEX");

    private final SortedSetValue set;
    private final SortedSetValue result;
    private final RangeSpec range = new RangeSpec();

    // The options of the running command.
    private By by = By.RANK;
    private boolean bySaid;
    private boolean reverse;
    private boolean directionSaid;
    private boolean withScores;
    private long offset;
    private long limit;

    RangeCommands(Keyspace keyspace, SortedSetLimits limits) {
        this.set = new SortedSetValue(keyspace, limits);
        this.result = new SortedSetValue(keyspace, limits);
    }

    void addTo(CommandTable commands) {
        int read = READONLY;
        commands.add("zcount", 4, read | FAST, Keys.FIRST, SORTEDSET, c -> count(c, By.SCORE));
        commands.add("zlexcount", 4, read | FAST, Keys.FIRST, SORTEDSET, c -> count(c, By.MEMBER));
        commands.add("zrange", -4, read, Keys.FIRST, SORTEDSET, this::zrange);
        commands.add("zrevrange", -4, read, Keys.FIRST, SORTEDSET, c -> range(c, By.RANK, true));
        commands.add(
                "zrangebyscore", -4, read, Keys.FIRST, SORTEDSET, c -> range(c, By.SCORE, false));
        commands.add(
                "zrevrangebyscore", -4, read, Keys.FIRST, SORTEDSET, c -> range(c, By.SCORE, true));
        commands.add(
                "zrangebylex", -4, read, Keys.FIRST, SORTEDSET, c -> range(c, By.MEMBER, false));
        commands.add(
                "zrevrangebylex", -4, read, Keys.FIRST, SORTEDSET, c -> range(c, By.MEMBER, true));
        commands.add(
                "zrangestore", -5, WRITE | DENYOOM, Keys.FIRST_TWO, SORTEDSET, this::zrangestore);
        addRemoval(commands, "zremrangebyrank", By.RANK, KeyspaceEvent.ZREMRANGEBYRANK);
        addRemoval(commands, "zremrangebyscore", By.SCORE, KeyspaceEvent.ZREMRANGEBYSCORE);
        addRemoval(commands, "zremrangebylex", By.MEMBER, KeyspaceEvent.ZREMRANGEBYLEX);
    }

    private void addRemoval(CommandTable commands, String name, By what, KeyspaceEvent event) {
        commands.add(name, 4, WRITE, Keys.FIRST, SORTEDSET, call -> remove(call, what, event));
    }

    private void count(Call call, By what) {
        range.parse(call, what, 2, 3);
        open(call, 1);
        range.resolve(set, false);
        call.reply().integer(range.to - range.from);
    }

    private void zrange(Call call) {
        begin();
        parse(call, 1, false);
        reply(call);
    }

    private void range(Call call, By what, boolean backwards) {
        begin();
        by = what;
        bySaid = true;
        reverse = backwards;
        directionSaid = true;
        parse(call, 1, false);
        reply(call);
    }

    private void begin() {
        by = By.RANK;
        bySaid = false;
        reverse = false;
        directionSaid = false;
        withScores = false;
        offset = 0;
        limit = -1;
    }

    /** Reads options and bounds of a range over the set at argument {@code source}. */
    private void parse(Call call, int source, boolean stores) {
        for (int i = source + 3; i < call.argc(); i++) {
            if (!stores && call.is(i, TOKEN_WITHSCORES)) {
                withScores = true;
            } else if (call.is(i, TOKEN_LIMIT) && i + 2 < call.argc()) {
                offset = call.longArg(i + 1);
                limit = call.longArg(i + 2);
                i += 2;
            } else if (!directionSaid && call.is(i, TOKEN_REV)) {
                reverse = true;
                directionSaid = true;
            } else if (!bySaid && isBy(call, i)) {
                bySaid = true;
            } else {
                throw Errors.syntax();
            }
        }
        if (limit != -1 && by == By.RANK) {
            throw LIMIT_BY_RANK.error();
        }
        if (withScores && by == By.MEMBER) {
            throw SCORES_BY_LEX.error();
        }
        boolean swapped = reverse && by != By.RANK;
        range.parse(call, by, swapped ? source + 2 : source + 1, swapped ? source + 1 : source + 2);
    }

    private boolean isBy(Call call, int i) {
        if (call.is(i, TOKEN_BYSCORE)) {
            by = By.SCORE;
            return true;
        }
        if (call.is(i, TOKEN_BYLEX)) {
            by = By.MEMBER;
            return true;
        }
        return false;
    }

    private void resolve() {
        range.resolve(set, reverse);
        if (by != By.RANK) {
            range.limit(offset, limit, reverse);
        }
    }

    private void reply(Call call) {
        open(call, 1);
        resolve();
        Reply reply = call.reply();
        ScoredReply.begin(reply, range.to - range.from, withScores);
        set.forEach(
                range.from, range.to, reverse, each -> ScoredReply.member(reply, each, withScores));
    }

    private void zrangestore(Call call) {
        begin();
        parse(call, 2, true);
        Key to = call.key(1);
        call.db().lookupWrite(to);
        open(call, 2);
        resolve();
        result.begin();
        try {
            set.forEach(
                    range.from,
                    range.to,
                    false,
                    each -> {
                        var _ = result.put(each.address, each.length, each.score);
                    });
            ScoreAlgebra.store(call, to, result, KeyspaceEvent.ZRANGESTORE);
        } finally {
            result.discard();
        }
    }

    private void remove(Call call, By what, KeyspaceEvent event) {
        range.parse(call, what, 2, 3);
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        SortedSetValue.check(record);
        set.edit(call.db(), key, record);
        range.resolve(set, false);
        long removed = range.to - range.from;
        if (removed > 0) {
            set.removeRange(range.from, range.to);
            call.dirty(removed);
            call.notify(event, key);
            SortedSetCommands.deleteIfEmpty(call, set, key);
        }
        call.reply().integer(removed);
    }

    private void open(Call call, int i) {
        long record = call.db().lookupRead(call.key(i));
        SortedSetValue.check(record);
        set.read(record);
    }
}
