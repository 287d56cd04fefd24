package io.carnelian.server;

import io.carnelian.server.memory.ThreadPriority;
import java.util.concurrent.ThreadFactory;

/**
 * Makes the threads that walk snapshots. They run at a lower priority than the command thread: on a
 * machine whose CPUs are all busy a walk takes longer, and clients do not wait for it.
 */
public final class SnapshotThreads implements ThreadFactory {
    private static final int NICE = 10;

    @Override
    public Thread newThread(Runnable task) {
        return Thread.ofPlatform()
                .daemon()
                .name("snapshot")
                .unstarted(() -> {
                    ThreadPriority.lower(NICE);
                    task.run();
                });
    }
}
