package io.carnelian.server.process;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code watchdog-period}: a thread that posts a message to the command thread every so many
 * milliseconds; if the one before was not answered, something has kept that thread for a whole
 * period, and the log gets its stack.
 */
public final class Watchdog {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

    private final Consumer<Runnable> commandThread;
    private final Runnable answer = this::answered;
    private volatile @Nullable Thread watched;
    private volatile boolean waiting;
    private volatile long periodMs;
    private @Nullable Thread watcher;

    /** {@code commandThread} posts a task to the thread to be watched. */
    public Watchdog(Consumer<Runnable> commandThread) {
        this.commandThread = commandThread;
    }

    /** Changes the period in milliseconds; 0 stops. From one thread only. */
    public void period(long ms) {
        periodMs = ms;
        Thread old = watcher;
        if (old != null) {
            old.interrupt();
            watcher = null;
        }
        if (ms > 0) {
            waiting = false;
            // Asked before the next request runs, so that even that one is watched.
            commandThread.accept(answer);
            Thread thread = Thread.ofPlatform().daemon().name("watchdog").unstarted(this::watch);
            watcher = thread;
            thread.start();
        }
    }

    private void watch() {
        while (periodMs > 0) {
            String stack = look();
            if (stack != null) {
                LOG.warn("\n--- WATCHDOG TIMER EXPIRED ---\n{}------", stack);
            }
            try {
                Thread.sleep(periodMs);
            } catch (InterruptedException stopped) {
                return;
            }
        }
    }

    /** The stack of the watched thread if it has not answered since the last look. */
    @Nullable String look() {
        Thread thread = watched;
        if (waiting) {
            return thread == null ? null : Stacks.of(thread);
        }
        waiting = true;
        commandThread.accept(answer);
        return null;
    }

    private void answered() {
        watched = Thread.currentThread();
        waiting = false;
    }
}
