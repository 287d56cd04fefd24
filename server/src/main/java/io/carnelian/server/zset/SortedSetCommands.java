package io.carnelian.server.zset;

import static io.carnelian.server.command.Categories.SORTEDSET;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;
import static io.carnelian.server.resp.Reply.ascii;

import io.carnelian.server.block.BlockedKeys;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.commands.ScanArguments;
import io.carnelian.server.debug.Digest;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.Doubles;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;
import io.carnelian.server.zset.SortedSetValue.Put;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sorted sets by their members: adding, removing, asking for scores and ranks. What asks for parts
 * of the order is in {@link RangeCommands}, what combines sets in {@link ScoreAlgebra}.
 *
 * <p>A new set is made whole and then put at its key, so that running out of memory leaves nothing
 * half done; a set that loses its last member takes its key with it.
 */
public final class SortedSetCommands {
    static final ErrorReply NOT_A_NUMBER =
            ErrorReply.of("ERR resulting score is not a number (NaN)");

    private static final ErrorReply XX_AND_NX =
            ErrorReply.of("ERR XX and NX options at the same time are not compatible");
    private static final ErrorReply GT_LT_NX =
            ErrorReply.of("ERR GT, LT, and/or NX options at the same time are not compatible");
    private static final ErrorReply INCR_PAIRS =
            ErrorReply.of("ERR INCR option supports a single increment-element pair");

    private static final Token[] OPTIONS = {
        Token.of("NX"),
        Token.of("XX"),
        Token.of("GT"),
        Token.of("LT"),
        Token.of("CH"),
        Token.of("INCR")
    };
    private static final int NX = 1;
    private static final int XX = 2;
    private static final int GT = 4;
    private static final int LT = 8;
    private static final int CH = 16;
    private static final int INCR = 32;

    private static final Token TOKEN_WITHSCORE = Token.of("WITHSCORE");

    private final SortedSetValue set;
    private final ScanArguments arguments = new ScanArguments();
    private final RangeCommands ranges;
    private final PopCommands pops;
    private final BlockingPopCommands blocking;
    private final ScoreAlgebra algebra;
    private final RandomScored randomMembers;

    /** The score that the member has now, after one pair of ZADD. */
    private double score;

    /**
     * @param maxIntsetEntries {@code set-max-intset-entries}: the algebra reads sets, too
     */
    public SortedSetCommands(
            Keyspace keyspace,
            SortedSetLimits limits,
            LongSupplier maxIntsetEntries,
            BlockedKeys waiting) {
        this.set = new SortedSetValue(keyspace, limits);
        this.ranges = new RangeCommands(keyspace, limits);
        this.pops = new PopCommands(keyspace, limits);
        this.blocking = new BlockingPopCommands(pops, waiting);
        this.algebra = new ScoreAlgebra(keyspace, limits, maxIntsetEntries);
        this.randomMembers = new RandomScored(new SortedSetValue(keyspace, limits));
    }

    public void addTo(CommandTable commands) {
        int add = WRITE | DENYOOM | FAST;
        int fast = READONLY | FAST;
        commands.add("zadd", -4, add, Keys.FIRST, SORTEDSET, this::zadd);
        commands.add("zincrby", 4, add, Keys.FIRST, SORTEDSET, this::zincrby);
        commands.add("zrem", -3, WRITE | FAST, Keys.FIRST, SORTEDSET, this::zrem);
        commands.add("zcard", 2, fast, Keys.FIRST, SORTEDSET, this::zcard);
        commands.add("zscore", 3, fast, Keys.FIRST, SORTEDSET, this::zscore);
        commands.add("zmscore", -3, fast, Keys.FIRST, SORTEDSET, this::zmscore);
        commands.add("zrank", -3, fast, Keys.FIRST, SORTEDSET, call -> zrank(call, false));
        commands.add("zrevrank", -3, fast, Keys.FIRST, SORTEDSET, call -> zrank(call, true));
        commands.add("zscan", -3, READONLY, Keys.FIRST, SORTEDSET, this::zscan);
        ranges.addTo(commands);
        pops.addTo(commands);
        blocking.addTo(commands);
        algebra.addTo(commands);
        randomMembers.addTo(commands);
    }

    /** Adds the members and scores of a sorted set to a digest: their order does not count. */
    public void digest(long record, Digest digest) {
        set.read(record)
                .forEach(each -> {
                    Digest pair = new Digest();
                    pair.mix(each.bytes());
                    pair.mix(ascii(Doubles.format17g(each.score)));
                    digest.xor(pair);
                });
    }

    private void zadd(Call call) {
        add(call, 0);
    }

    /** ZADD with INCR: Redis takes the other options, too, but there is no room for them. */
    private void zincrby(Call call) {
        add(call, INCR);
    }

    private void add(Call call, int given) {
        int from = 2;
        int options = given;
        for (int option = option(call, from); option != 0; option = option(call, from)) {
            options |= option;
            from++;
        }
        add(call, from, options);
    }

    private static int option(Call call, int i) {
        if (i < call.argc()) {
            for (int k = 0; k < OPTIONS.length; k++) {
                if (call.is(i, OPTIONS[k])) {
                    return 1 << k;
                }
            }
        }
        return 0;
    }

    private void add(Call call, int from, int options) {
        check(call, from, options);
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        SortedSetValue.check(record);
        if (record == 0 && (options & XX) != 0) {
            reply(call, options, 0, 0, false);
            return;
        }
        int added = 0;
        int updated = 0;
        boolean done = false;
        if (record != 0) {
            set.edit(call.db(), key, record);
        } else {
            set.begin();
        }
        try {
            for (int i = from; i < call.argc(); i += 2) {
                Put outcome = addPair(call, i, options);
                done = outcome != null;
                added += outcome == Put.ADDED ? 1 : 0;
                updated += outcome == Put.UPDATED ? 1 : 0;
                if (record != 0) {
                    call.dirty(outcome == Put.ADDED || outcome == Put.UPDATED ? 1 : 0);
                    call.doneUpTo(i + 2);
                }
            }
            if (record == 0) {
                set.store(call.db(), key);
                call.dirty((long) added + updated);
            }
        } finally {
            set.discard();
        }
        if (added + updated > 0) {
            call.notify((options & INCR) != 0 ? KeyspaceEvent.ZINCR : KeyspaceEvent.ZADD, key);
        }
        reply(call, options, added, updated, done);
    }

    /** Every error in the words is found before anything is done. */
    private static void check(Call call, int from, int options) {
        int words = call.argc() - from;
        if (words <= 0 || words % 2 != 0) {
            throw Errors.syntax();
        }
        if ((options & NX) != 0 && (options & XX) != 0) {
            throw XX_AND_NX.error();
        }
        if (Integer.bitCount(options & (NX | GT | LT)) > 1) {
            throw GT_LT_NX.error();
        }
        if ((options & INCR) != 0 && words > 2) {
            throw INCR_PAIRS.error();
        }
        for (int i = from; i < call.argc(); i += 2) {
            if (Double.isNaN(Doubles.parse(call.address(i), call.length(i)))) {
                throw Errors.NOT_FLOAT.error();
            }
        }
    }

    /** Does one pair; null if a condition refused it. */
    private @Nullable Put addPair(Call call, int i, int options) {
        long text = call.address(i + 1);
        int length = call.length(i + 1);
        score = Doubles.parse(call.address(i), call.length(i));
        if ((options & ~CH) != 0) {
            if (!set.find(text, length)) {
                if ((options & XX) != 0) {
                    return null;
                }
            } else if (!changes(options, set.score())) {
                return null;
            }
        }
        return set.put(text, length, score);
    }

    /** Finds the new score of a member that is there; false if a condition refuses it. */
    private boolean changes(int options, double before) {
        if ((options & NX) != 0) {
            return false;
        }
        if ((options & INCR) != 0) {
            score += before;
            if (Double.isNaN(score)) {
                throw NOT_A_NUMBER.error();
            }
        }
        return ((options & LT) == 0 || score < before) && ((options & GT) == 0 || score > before);
    }

    private void reply(Call call, int options, int added, int updated, boolean done) {
        if ((options & INCR) == 0) {
            call.reply().integer((options & CH) != 0 ? added + updated : added);
        } else if (done) {
            call.reply().doubleValue(score);
        } else {
            call.reply().nullBulk();
        }
    }

    private void zrem(Call call) {
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        SortedSetValue.check(record);
        set.edit(call.db(), key, record);
        int removed = 0;
        boolean emptied = false;
        for (int i = 2; i < call.argc() && !emptied; i++) {
            if (set.remove(call.address(i), call.length(i))) {
                call.dirty();
                removed++;
                emptied = set.count() == 0;
            }
            call.doneUpTo(i + 1);
        }
        if (removed > 0) {
            call.notify(KeyspaceEvent.ZREM, key);
            deleteIfEmpty(call, set, key);
        }
        call.reply().integer(removed);
    }

    /** Deletes the key of a set that lost its last member. */
    static void deleteIfEmpty(Call call, SortedSetValue set, Key key) {
        if (set.count() == 0) {
            set.delete();
            call.notify(KeyspaceEvent.DEL, key);
        }
    }

    private void zcard(Call call) {
        call.reply().integer(lookup(call).count());
    }

    private void zscore(Call call) {
        lookup(call);
        score(call, 2);
    }

    private void zmscore(Call call) {
        lookup(call);
        call.reply().array(call.argc() - 2);
        for (int i = 2; i < call.argc(); i++) {
            score(call, i);
        }
    }

    /** Replies the score of the member in an argument. */
    private void score(Call call, int i) {
        if (set.find(call.address(i), call.length(i))) {
            call.reply().doubleValue(set.score());
        } else {
            call.reply().nullBulk();
        }
    }

    private void zrank(Call call, boolean reverse) {
        boolean withScore = call.argc() == 4 && call.is(3, TOKEN_WITHSCORE);
        if (call.argc() > 4) {
            throw Errors.arity(call.command().name()).error();
        }
        if (call.argc() == 4 && !withScore) {
            throw Errors.syntax();
        }
        long rank = lookup(call).rank(call.address(2), call.length(2));
        Reply reply = call.reply();
        if (rank < 0) {
            if (withScore) {
                reply.nullArray();
            } else {
                reply.nullBulk();
            }
            return;
        }
        if (withScore) {
            reply.array(2);
        }
        reply.integer(reverse ? set.count() - 1 - rank : rank);
        if (withScore) {
            reply.doubleValue(set.score());
        }
    }

    private void zscan(Call call) {
        arguments.scan(
                call,
                Record.ZSET,
                (record, cursor, count) -> set.read(record).scan(cursor, count, this::page));
    }

    private void page(Scored each) {
        if (arguments.matches(each.address, each.length)) {
            arguments.add(each.address, each.length);
            arguments.add(ascii(each.scannedScore()));
        }
    }

    private SortedSetValue lookup(Call call) {
        long record = call.db().lookupRead(call.key(1));
        SortedSetValue.check(record);
        return set.read(record);
    }
}
