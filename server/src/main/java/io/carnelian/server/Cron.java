package io.carnelian.server;

import java.util.ArrayList;
import java.util.List;

/**
 * Periodic work of the command thread: {@code hz} ticks a second, each of which runs the tasks that
 * are due. Time is passed in, so that tests drive it by hand.
 */
public final class Cron {
    private static final int MAX_HZ = 500;
    private static final int CLIENTS_A_TICK = 200;

    private static final class Task {
        final String name;
        final long periodMs;
        final Runnable run;
        long dueAtMs;

        Task(String name, long periodMs, Runnable run) {
            this.name = name;
            this.periodMs = periodMs;
            this.run = run;
        }
    }

    private final List<Task> tasks = new ArrayList<>();
    private int wantedHz = 10;
    private int hz = 10;
    private long ticks;

    /**
     * Runs a task again and again.
     *
     * @param name for messages
     * @param periodMs at least this time between two runs; 0: every tick
     */
    public void every(String name, long periodMs, Runnable task) {
        tasks.add(new Task(name, periodMs, task));
    }

    /** Ticks a second, 1 to 500: {@code hz}. */
    public void setHz(int ticksPerSecond) {
        wantedHz = Math.clamp(ticksPerSecond, 1, MAX_HZ);
        hz = wantedHz;
    }

    /** More ticks for many clients, twice as many for each doubling: {@code dynamic-hz}. */
    public void adaptTo(int clients) {
        int adapted = wantedHz;
        while (adapted < MAX_HZ && clients / adapted > CLIENTS_A_TICK) {
            adapted = Math.min(MAX_HZ, adapted * 2);
        }
        hz = adapted;
    }

    public int hz() {
        return hz;
    }

    /** Milliseconds between two ticks. */
    public long tickMs() {
        return 1000 / hz;
    }

    public long ticks() {
        return ticks;
    }

    /** Runs what is due. A clock that was set back holds nothing up. */
    public void tick(long nowMs) {
        ticks++;
        for (int i = 0; i < tasks.size(); i++) {
            Task task = tasks.get(i);
            boolean setBack = task.dueAtMs - nowMs > task.periodMs;
            if (nowMs >= task.dueAtMs || setBack) {
                task.dueAtMs = nowMs + task.periodMs;
                task.run.run();
            }
        }
    }

    @Override
    public String toString() {
        StringBuilder names = new StringBuilder();
        for (Task task : tasks) {
            names.append(task.name).append(' ');
        }
        return names.toString();
    }
}
