package io.carnelian.server.zset;

import static io.carnelian.server.command.Categories.SORTEDSET;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.MOVABLE_KEYS;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.Doubles;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Union, intersection and difference of sorted sets and sets; a member of a set has the score 1.
 *
 * <p>Union and intersection take the operands from the smallest to the greatest, as Redis does:
 * sums of doubles depend on the order. An intersection goes through the smallest and asks the
 * others. The result is built apart in any case, since it is replied in its own order.
 */
final class ScoreAlgebra {
    /** What is done. */
    private enum Op {
        UNION,
        INTER,
        DIFF
    }

    /** How the scores of one member become one. */
    private enum Aggregate {
        SUM,
        MIN,
        MAX
    }

    private static final Keys COUNTED = Keys.countedAt(1);
    private static final Keys TARGET_COUNTED = Keys.FIRST_AND_COUNTED;

    private static final ErrorReply BAD_WEIGHT = ErrorReply.of("ERR weight value is not a float");
    private static final ErrorReply NEGATIVE_LIMIT = ErrorReply.of("ERR LIMIT can't be negative");

    private static final Token TOKEN_WEIGHTS = Token.of("WEIGHTS");
    private static final Token TOKEN_AGGREGATE = Token.of("AGGREGATE");
    private static final Token TOKEN_WITHSCORES = Token.of("WITHSCORES");
    private static final Token TOKEN_LIMIT = Token.of("LIMIT");
    private static final Token TOKEN_SUM = Token.of("SUM");
    private static final Token TOKEN_MIN = Token.of("MIN");
    private static final Token TOKEN_MAX = Token.of("MAX");

    private final Operand walked;
    private final Operand asked;
    private final SortedSetValue result;
    private final Key key = new Key();

    /** The operands of the running command: records, 0 for a missing one. */
    private long[] records = new long[16];

    private double[] weights = new double[16];
    private int count;

    private Aggregate aggregate = Aggregate.SUM;
    private boolean withScores;
    private long limit;

    /** Of the member at hand, while an intersection asks for it everywhere. */
    private double score;

    ScoreAlgebra(Keyspace keyspace, SortedSetLimits limits, LongSupplier maxIntsetEntries) {
        this.walked = new Operand(keyspace, limits, maxIntsetEntries);
        this.asked = new Operand(keyspace, limits, maxIntsetEntries);
        this.result = new SortedSetValue(keyspace, limits);
    }

    void addTo(CommandTable commands) {
        int read = READONLY | MOVABLE_KEYS;
        commands.add("zunion", -3, read, COUNTED, SORTEDSET, c -> reply(c, Op.UNION));
        commands.add("zinter", -3, read, COUNTED, SORTEDSET, c -> reply(c, Op.INTER));
        commands.add("zdiff", -3, read, COUNTED, SORTEDSET, c -> reply(c, Op.DIFF));
        commands.add("zintercard", -3, read, COUNTED, SORTEDSET, this::zintercard);
        addStore(commands, "zunionstore", Op.UNION, KeyspaceEvent.ZUNIONSTORE);
        addStore(commands, "zinterstore", Op.INTER, KeyspaceEvent.ZINTERSTORE);
        addStore(commands, "zdiffstore", Op.DIFF, KeyspaceEvent.ZDIFFSTORE);
    }

    private void addStore(CommandTable commands, String name, Op op, KeyspaceEvent event) {
        int flags = WRITE | DENYOOM | MOVABLE_KEYS;
        commands.add(name, -4, flags, TARGET_COUNTED, SORTEDSET, call -> store(call, op, event));
    }

    private void reply(Call call, Op op) {
        int options = read(call, 1);
        withScores = false;
        parse(call, options, op, true);
        result.beginTable();
        try {
            build(op);
            Reply reply = call.reply();
            ScoredReply.begin(reply, result.count(), withScores);
            result.forEach(each -> ScoredReply.member(reply, each, withScores));
        } finally {
            result.discard();
        }
    }

    private void store(Call call, Op op, KeyspaceEvent event) {
        // The target may have expired: that is told before, and not by what is stored.
        call.db().lookupWrite(call.key(1));
        int options = read(call, 2);
        parse(call, options, op, false);
        result.beginTable();
        try {
            build(op);
            result.packIfSmall();
            store(call, call.key(1), result, event);
        } finally {
            result.discard();
        }
    }

    /** Puts a result in place of what is at a key, or deletes that if the result is empty. */
    static void store(Call call, Key to, SortedSetValue result, KeyspaceEvent event) {
        long members = result.count();
        if (members > 0) {
            result.store(call.db(), to);
            call.dirty();
            call.notify(event, to);
        } else if (call.db().delete(to)) {
            call.dirty();
            call.notify(KeyspaceEvent.DEL, to);
        }
        call.reply().integer(members);
    }

    private void zintercard(Call call) {
        limit = 0;
        for (int i = read(call, 1); i < call.argc(); i += 2) {
            if (!call.is(i, TOKEN_LIMIT) || i + 1 == call.argc()) {
                throw Errors.syntax();
            }
            limit = call.longArg(i + 1, 0, Long.MAX_VALUE, NEGATIVE_LIMIT);
        }
        long most = limit == 0 ? Long.MAX_VALUE : limit;
        long[] found = {0};
        sort();
        intersect(most, each -> found[0]++);
        call.reply().integer(found[0]);
    }

    /** Looks all operands up, behind their number; returns where the options begin. */
    private int read(Call call, int countAt) {
        long keys = call.longArg(countAt);
        if (keys < 1) {
            throw ErrorReply.of(
                            "ERR at least 1 input key is needed for '"
                                    + call.command().fullName()
                                    + "' command")
                    .error();
        }
        if (keys > call.argc() - countAt - 1) {
            throw Errors.syntax();
        }
        count = (int) keys;
        if (records.length < count) {
            records = new long[count];
            weights = new double[count];
        }
        for (int i = 0; i < count; i++) {
            int at = countAt + 1 + i;
            long record = call.db().lookupRead(key.set(call.address(at), call.length(at)));
            Operand.check(record);
            records[i] = record;
            weights[i] = 1;
        }
        return countAt + 1 + count;
    }

    private void parse(Call call, int from, Op op, boolean replies) {
        aggregate = Aggregate.SUM;
        for (int i = from; i < call.argc(); ) {
            int left = call.argc() - i;
            if (op != Op.DIFF && left > count && call.is(i, TOKEN_WEIGHTS)) {
                weights(call, i + 1);
                i += count + 1;
            } else if (op != Op.DIFF && left >= 2 && call.is(i, TOKEN_AGGREGATE)) {
                aggregate(call, i + 1);
                i += 2;
            } else if (replies && call.is(i, TOKEN_WITHSCORES)) {
                withScores = true;
                i++;
            } else {
                throw Errors.syntax();
            }
        }
        if (op != Op.DIFF) {
            sort();
        }
    }

    private void weights(Call call, int from) {
        for (int k = 0; k < count; k++) {
            weights[k] = Doubles.parse(call.address(from + k), call.length(from + k));
            if (Double.isNaN(weights[k])) {
                throw BAD_WEIGHT.error();
            }
        }
    }

    private void aggregate(Call call, int i) {
        if (call.is(i, TOKEN_SUM)) {
            aggregate = Aggregate.SUM;
        } else if (call.is(i, TOKEN_MIN)) {
            aggregate = Aggregate.MIN;
        } else if (call.is(i, TOKEN_MAX)) {
            aggregate = Aggregate.MAX;
        } else {
            throw Errors.syntax();
        }
    }

    /** Sorts the operands by their size; those of the same size stay as they were given. */
    private void sort() {
        Integer[] order = new Integer[count];
        long[] sizes = new long[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
            sizes[i] = asked.read(records[i]).count();
        }
        Arrays.sort(order, (a, b) -> Long.compare(sizes[a], sizes[b]));
        long[] unsorted = Arrays.copyOf(records, count);
        double[] unsortedWeights = Arrays.copyOf(weights, count);
        for (int i = 0; i < count; i++) {
            records[i] = unsorted[order[i]];
            weights[i] = unsortedWeights[order[i]];
        }
    }

    private void build(Op op) {
        switch (op) {
            case UNION -> unite();
            case INTER ->
                    intersect(
                            Long.MAX_VALUE,
                            each -> {
                                var _ = result.put(each.address, each.length, score);
                            });
            case DIFF -> subtract();
        }
    }

    private void unite() {
        for (int i = 0; i < count; i++) {
            double weight = weights[i];
            walked.read(records[i])
                    .forEach(each -> {
                        double value = orZero(weight * each.score);
                        boolean there = result.find(each.address, each.length);
                        double sum = there ? combine(result.score(), value) : value;
                        var _ = result.put(each.address, each.length, sum);
                    });
        }
    }

    /** Visits what is in every operand, up to a limit; {@link #score} is its score then. */
    private void intersect(long most, ScoredVisitor visitor) {
        long[] left = {most};
        walked.read(records[0])
                .forEach(each -> {
                    if (left[0] > 0 && isEverywhere(each)) {
                        left[0]--;
                        visitor.visit(each);
                    }
                });
    }

    private boolean isEverywhere(Scored each) {
        score = orZero(weights[0] * each.score);
        for (int i = 1; i < count; i++) {
            if (!asked.read(records[i]).find(each.address, each.length)) {
                return false;
            }
            score = combine(score, asked.score() * weights[i]);
        }
        return true;
    }

    private void subtract() {
        walked.read(records[0])
                .forEach(each -> {
                    for (int i = 1; i < count; i++) {
                        if (asked.read(records[i]).find(each.address, each.length)) {
                            return;
                        }
                    }
                    var _ = result.put(each.address, each.length, each.score);
                });
    }

    /** Redis's rules where infinities meet: a sum that is no number is 0. */
    private double combine(double a, double b) {
        return switch (aggregate) {
            case SUM -> orZero(a + b);
            case MIN -> b < a ? b : a;
            case MAX -> b > a ? b : a;
        };
    }

    private static double orZero(double v) {
        return Double.isNaN(v) ? 0 : v;
    }
}
