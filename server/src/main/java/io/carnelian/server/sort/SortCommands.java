package io.carnelian.server.sort;

import static io.carnelian.server.command.Categories.DANGEROUS;
import static io.carnelian.server.command.Categories.LIST;
import static io.carnelian.server.command.Categories.SET;
import static io.carnelian.server.command.Categories.SORTEDSET;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.MOVABLE_KEYS;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.hash.HashLimits;
import io.carnelian.server.hash.HashValue;
import io.carnelian.server.list.ListBuilder;
import io.carnelian.server.list.ListValue;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.FloatText;
import io.carnelian.server.resp.Token;
import io.carnelian.server.set.SetValue;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;
import io.carnelian.server.zset.SortedSetLimits;
import io.carnelian.server.zset.SortedSetValue;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * SORT and SORT_RO. With STORE the result becomes a list, otherwise it is replied. Text compares by
 * its bytes, as in the C locale. Source: https://redis.io/docs/latest/commands/sort/.
 *
 * <p>Elements are not copied: the vector that is sorted points at them, and nothing is changed
 * until the result is stored.
 */
public final class SortCommands {
    private static final ErrorReply NOT_DOUBLE =
            ErrorReply.of("ERR One or more scores can't be converted into double");
    private static final Token ASC = Token.of("ASC");
    private static final Token DESC = Token.of("DESC");
    private static final Token ALPHA = Token.of("ALPHA");
    private static final Token LIMIT = Token.of("LIMIT");
    private static final Token STORE = Token.of("STORE");
    private static final Token BY = Token.of("BY");
    private static final Token GET = Token.of("GET");

    /** Longer text is no number. */
    private static final int MAX_NUMBER_BYTES = 1 << 16;

    private final Slabs slabs;
    private final @Nullable SortSource[] sources = new SortSource[Integer.SIZE];
    private final ListBuilder result;
    private final SortVector vector;
    private final KeyPattern pattern;
    private final Element element = new Element();
    private final Element found = new Element();

    private boolean descending;
    private boolean alpha;
    private boolean unsorted;
    private int by;
    private int store;
    private int gets;
    private long offset;
    private long limit;
    private int start;
    private int end;

    /**
     * @param fill how much a packed list may hold: {@code list-max-listpack-size}
     */
    public SortCommands(Keyspace keyspace, IntSupplier fill) {
        this.slabs = keyspace.slabs();
        this.result = new ListBuilder(keyspace, fill);
        this.vector = new SortVector(slabs);
        // All but lists are only read here: how large packed ones may grow does not matter.
        this.pattern = new KeyPattern(new HashValue(keyspace, new HashLimits(() -> 0, () -> 0)));
        source(Record.LIST, new ListSource(new ListValue(keyspace, fill)));
        source(Record.SET, new SetSource(new SetValue(keyspace, () -> 0)));
        SortedSetLimits limits = new SortedSetLimits(() -> 0, () -> 0);
        source(Record.ZSET, new SortedSetSource(new SortedSetValue(keyspace, limits)));
    }

    private void source(int type, SortSource source) {
        sources[type] = source;
    }

    public void addTo(CommandTable commands) {
        int categories = SET | SORTEDSET | LIST | DANGEROUS;
        commands.add(
                "sort", -2, WRITE | DENYOOM | MOVABLE_KEYS, Keys.FIRST, categories, this::sort);
        commands.add(
                "sort_ro", -2, READONLY | MOVABLE_KEYS, Keys.FIRST, categories, this::sortOnly);
    }

    private void sort(Call call) {
        run(call, true);
    }

    private void sortOnly(Call call) {
        run(call, false);
    }

    private void run(Call call, boolean mayStore) {
        parse(call, mayStore);
        long record = call.db().lookupRead(call.key(1));
        SortSource source = record == 0 ? null : sources[Record.type(record)];
        if (record != 0 && source == null) {
            throw Errors.WRONG_TYPE.error();
        }
        try {
            if (source == null) {
                vector.begin(0);
                end = start - 1;
            } else {
                fill(record, source);
                order(call);
            }
            if (store != 0) {
                store(call);
            } else {
                reply(call);
            }
        } finally {
            vector.end();
        }
    }

    private void parse(Call call, boolean mayStore) {
        descending = false;
        alpha = false;
        unsorted = false;
        by = 0;
        store = 0;
        gets = 0;
        offset = 0;
        limit = -1;
        start = 0;
        for (int i = 2; i < call.argc(); i++) {
            int left = call.argc() - i - 1;
            if (call.is(i, ASC)) {
                descending = false;
            } else if (call.is(i, DESC)) {
                descending = true;
            } else if (call.is(i, ALPHA)) {
                alpha = true;
            } else if (call.is(i, LIMIT) && left >= 2) {
                offset = call.longArg(++i);
                limit = call.longArg(++i);
            } else if (mayStore && call.is(i, STORE) && left >= 1) {
                store = ++i;
            } else if (call.is(i, BY) && left >= 1) {
                by = ++i;
                unsorted |= !KeyPattern.hasStar(call.address(i), call.length(i));
            } else if (call.is(i, GET) && left >= 1) {
                i++;
                gets++;
            } else {
                throw Errors.syntax();
            }
        }
    }

    /** Takes the elements that can be in the result, and finds which part of them it is. */
    private void fill(long record, SortSource source) {
        long count = source.count(record);
        if (unsorted && !source.isOrdered() && store != 0) {
            // What is stored must be the same on every replica, and a set has no order there.
            unsorted = false;
            alpha = true;
            by = 0;
        }
        long from = Math.min(Math.max(offset, 0), count);
        long most = Math.min(Math.max(limit, -1), count);
        long to = Math.min(most < 0 ? count : from + most, count);
        boolean part = unsorted && source.isOrdered();
        long taken = part ? to - from : count;
        if (taken > Integer.MAX_VALUE) {
            throw Errors.OUT_OF_MEMORY.error();
        }
        vector.begin((int) taken);
        source.forEach(record, part ? from : 0, taken, part && descending, vector::add);
        start = part ? 0 : (int) from;
        end = part ? (int) taken : (int) to;
    }

    private void order(Call call) {
        if (unsorted) {
            return;
        }
        if (by != 0 || !alpha) {
            weigh(call);
        }
        if (alpha) {
            vector.sortByText(by != 0, store != 0, descending);
        } else {
            vector.sortByWeight(descending);
        }
    }

    private void weigh(Call call) {
        if (by != 0) {
            pattern.set(call.address(by), call.length(by));
        }
        boolean failed = false;
        for (int i = 0; i < vector.count(); i++) {
            vector.added(i, element);
            found.set(element.value, element.length);
            if (by != 0) {
                pattern.look(call.db(), slabs, element, found);
            }
            if (alpha) {
                vector.setKey(i, found);
            } else if (!found.isMissing()) {
                double weight = weight(found);
                failed |= Double.isNaN(weight);
                vector.setWeight(i, weight);
            }
        }
        if (failed) {
            throw NOT_DOUBLE.error();
        }
    }

    private static double weight(Element text) {
        if (text.isInteger()) {
            return text.value;
        }
        if (text.bytes() > MAX_NUMBER_BYTES) {
            return Double.NaN;
        }
        byte[] copy = new byte[text.bytesToZero()];
        Memory.copyOut(text.address(), copy, 0, copy.length);
        return copy.length == 0 ? 0 : FloatText.parse(copy);
    }

    private void reply(Call call) {
        int places = Math.max(0, end - start);
        call.reply().array((long) places * Math.max(1, gets));
        for (int place = start; place < end; place++) {
            vector.get(place, element);
            if (gets == 0) {
                element.reply(call.reply());
                continue;
            }
            for (int i = nextGet(call, 2); i > 0; i = nextGet(call, i + 1)) {
                look(call, i);
                found.reply(call.reply());
            }
        }
    }

    private void look(Call call, int argument) {
        pattern.set(call.address(argument), call.length(argument))
                .look(call.db(), slabs, element, found);
    }

    /**
     * The pattern of the next GET, from an argument on that begins an option; 0 if none follows.
     */
    private static int nextGet(Call call, int from) {
        for (int i = from; i < call.argc(); i++) {
            if (call.is(i, GET)) {
                return i + 1;
            }
            if (call.is(i, LIMIT)) {
                i += 2;
            } else if (call.is(i, BY) || call.is(i, STORE)) {
                i++;
            }
        }
        return 0;
    }

    private void store(Call call) {
        Key key = call.key(store);
        Database db = call.db();
        long elements = (long) Math.max(0, end - start) * Math.max(1, gets);
        if (elements == 0) {
            if (db.delete(key)) {
                call.notify(KeyspaceEvent.DEL, key);
                call.dirty();
            }
            call.reply().integer(0);
            return;
        }
        result.begin();
        try {
            for (int place = start; place < end; place++) {
                vector.get(place, element);
                if (gets == 0) {
                    result.append(element.address(), element.bytes());
                }
                for (int i = gets == 0 ? 0 : nextGet(call, 2); i > 0; i = nextGet(call, i + 1)) {
                    look(call, i);
                    result.append(found.address(), found.bytes());
                }
            }
            result.store(db, key);
        } finally {
            result.discard();
        }
        call.notify(KeyspaceEvent.SORTSTORE, key);
        call.dirty(elements);
        call.reply().integer(elements);
    }
}
