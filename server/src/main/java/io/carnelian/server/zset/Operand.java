package io.carnelian.server.zset;

import io.carnelian.server.set.Member;
import io.carnelian.server.set.SetValue;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;
import java.util.function.LongSupplier;

/** A sorted set, or a set whose members all have the score 1: what the algebra works on. */
final class Operand {
    private final SortedSetValue sorted;
    private final SetValue plain;
    private final Member member = new Member();
    private final Scored own = new Scored();
    private boolean isPlain;

    Operand(Keyspace keyspace, SortedSetLimits limits, LongSupplier maxIntsetEntries) {
        this.sorted = new SortedSetValue(keyspace, limits);
        this.plain = new SetValue(keyspace, maxIntsetEntries);
    }

    /** Refuses a record of another type; a missing one passes. */
    static void check(long record) {
        if (record != 0 && Record.type(record) != Record.SET) {
            SortedSetValue.check(record);
        }
    }

    /** Positions on a record; 0 is an empty set. */
    Operand read(long record) {
        isPlain = record != 0 && Record.type(record) == Record.SET;
        if (isPlain) {
            plain.read(record);
        } else {
            sorted.read(record);
        }
        return this;
    }

    long count() {
        return isPlain ? plain.count() : sorted.count();
    }

    /** Looks a member up; its score is {@link #score} then. */
    boolean find(long text, int length) {
        return isPlain ? plain.contains(member.set(text, length)) : sorted.find(text, length);
    }

    double score() {
        return isPlain ? 1 : sorted.score();
    }

    void forEach(ScoredVisitor visitor) {
        if (!isPlain) {
            sorted.forEach(visitor);
            return;
        }
        own.score = 1;
        plain.forEach(each -> {
            own.address = each.address;
            own.length = each.length;
            visitor.visit(own);
        });
    }
}
