package io.carnelian.server.block;

import io.carnelian.server.block.Waiter.Place;
import io.carnelian.server.client.QueuedRequests;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.store.Key;
import org.jspecify.annotations.Nullable;

/** A key of a database that clients wait for, the first comer first. It is named by their words. */
final class AwaitedKey {
    final int db;
    final long hash;

    /** The smaller was awaited the earlier. */
    final long number;

    /** The next in the same bucket of {@link AwaitedKeys}. */
    @Nullable AwaitedKey chained;

    /** It holds something new, and its waiters have not been looked at since. */
    boolean ready;

    private @Nullable Place first;
    private @Nullable Place last;

    AwaitedKey(int db, long hash, long number) {
        this.db = db;
        this.hash = hash;
        this.number = number;
    }

    @Nullable Place first() {
        return first;
    }

    boolean isAwaited() {
        return first != null;
    }

    /** Whether the client that came last is this one: a key may be named twice. */
    boolean endsWith(Waiter waiter) {
        return last != null && last.waiter == waiter;
    }

    void add(Place place) {
        place.previous = last;
        if (last == null) {
            first = place;
        } else {
            last.next = place;
        }
        last = place;
    }

    void remove(Place place) {
        place.left = true;
        if (place.previous == null) {
            first = place.next;
        } else {
            place.previous.next = place.next;
        }
        if (place.next == null) {
            last = place.previous;
        } else {
            place.next.previous = place.previous;
        }
    }

    boolean is(int database, Key key) {
        Place any = first;
        if (any == null || hash != key.hash || db != database) {
            return false;
        }
        QueuedRequests words = any.waiter.command.words();
        return words.length(0, any.argument) == key.length
                && Memory.equal(words.address(0, any.argument), key.address, key.length);
    }

    /** Points at the name in a waiter's words. */
    static Key name(Place place, Key into) {
        QueuedRequests words = place.waiter.command.words();
        return into.set(
                words.address(0, place.argument), words.length(0, place.argument), place.key.hash);
    }
}
