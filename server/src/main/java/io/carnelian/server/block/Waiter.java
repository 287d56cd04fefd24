package io.carnelian.server.block;

import io.carnelian.server.command.Executor;
import org.jspecify.annotations.Nullable;

/** One client that waits, and its places at the keys that it waits for. */
final class Waiter {
    /** A waiter's place in the queue at one key, with the neighbours there. */
    static final class Place {
        final Waiter waiter;
        final AwaitedKey key;

        /** The number of the argument that is this key. */
        final int argument;

        /** The next place of the same waiter, at another key. */
        final @Nullable Place another;

        @Nullable Place previous;

        /** Stays when the place is given up, so that a walk that stands on it finds on. */
        @Nullable Place next;

        boolean left;

        Place(Waiter waiter, AwaitedKey key, int argument) {
            this.waiter = waiter;
            this.key = key;
            this.argument = argument;
            this.another = waiter.places;
            waiter.places = this;
        }
    }

    final Executor.Unfinished command;
    final Service service;

    @Nullable Place places;

    /** What it takes on the heap, in bytes, roughly. */
    final long heapBytes;

    Waiter(Executor.Unfinished command, Service service, long heapBytes) {
        this.command = command;
        this.service = service;
        this.heapBytes = heapBytes;
    }
}
