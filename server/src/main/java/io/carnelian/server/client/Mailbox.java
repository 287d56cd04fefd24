package io.carnelian.server.client;

/**
 * The way to the command thread for other threads, and for what has to run in a turn of its own.
 */
public interface Mailbox {
    /** Runs a task on the command thread, never inside this call; from any thread. */
    void post(Runnable task);

    /** As {@link #post}, after a delay in milliseconds. */
    void postAfter(Runnable task, long delayMs);
}
