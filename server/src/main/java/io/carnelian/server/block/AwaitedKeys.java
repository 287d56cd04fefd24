package io.carnelian.server.block;

import io.carnelian.server.store.Key;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys that clients wait for, found by their hash without an object for the question. */
final class AwaitedKeys {
    private static final int FIRST_BUCKETS = 16;

    private @Nullable AwaitedKey[] buckets = new AwaitedKey[FIRST_BUCKETS];
    private int size;
    private long numbers;

    int size() {
        return size;
    }

    @Nullable AwaitedKey find(int db, Key key) {
        AwaitedKey each = buckets[bucket(key.hash)];
        while (each != null && !each.is(db, key)) {
            each = each.chained;
        }
        return each;
    }

    /** Adds a key that is not here; it needs a waiter before it is looked for. */
    AwaitedKey add(int db, long hash) {
        if (size == buckets.length) {
            grow();
        }
        AwaitedKey added = new AwaitedKey(db, hash, numbers++);
        chain(added);
        size++;
        return added;
    }

    void remove(AwaitedKey key) {
        int at = bucket(key.hash);
        AwaitedKey each = buckets[at];
        AwaitedKey before = null;
        while (each != null && each != key) {
            before = each;
            each = each.chained;
        }
        if (each == null) {
            throw new IllegalStateException("nobody waited for this key");
        }
        if (before == null) {
            buckets[at] = each.chained;
        } else {
            before.chained = each.chained;
        }
        size--;
    }

    /** Those of one database, in the order in which they were awaited. */
    List<AwaitedKey> of(int db) {
        List<AwaitedKey> found = new ArrayList<>();
        for (AwaitedKey bucket : buckets) {
            for (AwaitedKey each = bucket; each != null; each = each.chained) {
                if (each.db == db) {
                    found.add(each);
                }
            }
        }
        found.sort(Comparator.comparingLong(key -> key.number));
        return found;
    }

    private void grow() {
        @Nullable AwaitedKey[] old = buckets;
        buckets = new AwaitedKey[2 * old.length];
        for (AwaitedKey bucket : old) {
            AwaitedKey each = bucket;
            while (each != null) {
                AwaitedKey next = each.chained;
                chain(each);
                each = next;
            }
        }
    }

    private void chain(AwaitedKey key) {
        int at = bucket(key.hash);
        key.chained = buckets[at];
        buckets[at] = key;
    }

    private int bucket(long hash) {
        return (int) hash & (buckets.length - 1);
    }
}
