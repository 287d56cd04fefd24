package io.carnelian.server;

import io.carnelian.server.log.ServerLog;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The orderly end. Modules add steps (a final save, the AOF's last sync, the sockets), which run in
 * the order of their adding, and then the process ends. The first step that refuses calls it off,
 * unless it was forced, and the server goes on.
 *
 * <pre>
 *             SHUTDOWN, a signal's tick
 *   RUNNING ─────────────┬──────────────────────► ENDING ──► the process ends
 *      ▲   replicas lack │                          ▲  │
 *      │   something     ▼   they have all,         │  │ a step refuses
 *      ├───────────── WAITING ──────────────────────┘  │
 *      │  ABORT          time is over, a tick          │
 *      └───────────────────────────────────────────────┘
 * </pre>
 *
 * Command thread only, but for {@link #request} and {@link #insist}.
 */
public final class Lifecycle {
    /** What SHUTDOWN was told. {@code save}: null means as the save points say. */
    public record Wish(@Nullable Boolean save, boolean now, boolean force) {
        /** SIGTERM, SIGINT and SHUTDOWN without words. */
        public static final Wish ORDERLY = new Wish(null, false, false);
    }

    /** One step of the end. */
    @FunctionalInterface
    public interface Step {
        /**
         * Null when done; else why the server can't end now. With {@link Wish#force} the answer is
         * only logged.
         */
        @Nullable String run(Wish wish);
    }

    /** What the end waits for, unless it was wished now: replicas that have not got everything. */
    public interface Delay {
        /** Whether there is nothing to wait for, or no longer. */
        boolean isOver();

        /** How long to wait at most, in milliseconds; 0: not at all. */
        long maxMs();

        /** Nothing may be written from now on: what is waited for would never be over. */
        void begin();

        /** The end was called off. */
        void end();
    }

    /** What came of a wish to end. */
    public enum Result {
        /** The exit has been run; what follows is for embedded servers. */
        ENDED,
        /** It will end, or be called off, in a later turn. */
        WAITS,
        /** The log says why. */
        REFUSED
    }

    private record NamedStep(String name, Step step) {}

    private final List<NamedStep> steps = new ArrayList<>();
    private final List<Runnable> lasts = new ArrayList<>();
    private final List<Runnable> callOffs = new ArrayList<>();
    private final Runnable exit;
    private @Nullable Delay delay;
    private @Nullable Wish waiting;
    private long waitEndsAtMs;
    private boolean ending;
    private volatile @Nullable Wish requested;
    private volatile Runnable insisted = () -> {};

    /**
     * @param exit ends the process, or the embedded server, with success
     */
    public Lifecycle(Runnable exit) {
        this.exit = exit;
    }

    public void onShutdown(String name, Step step) {
        steps.add(new NamedStep(name, step));
    }

    /** Adds something that is done when nothing can refuse any more: the pid file. */
    public void atEnd(Runnable last) {
        lasts.add(last);
    }

    /** Who hears that an end which was waited for does not come. */
    public void onCallOff(Runnable listener) {
        callOffs.add(listener);
    }

    /** What is done before the process ends at once, in the middle of anything. Any thread. */
    public void onInsist(Runnable last) {
        insisted = last;
    }

    /** Somebody does not want to wait for the orderly end: the caller ends the process now. */
    public void insist() {
        insisted.run();
    }

    public void waitFor(Delay what) {
        delay = what;
    }

    /**
     * Asks for the end at the next tick, as a signal does; false if that was asked for already and
     * has not been called off. Any thread.
     */
    public boolean request(Wish wish) {
        if (requested != null) {
            return false;
        }
        requested = wish;
        return true;
    }

    public boolean isRequested() {
        return requested != null;
    }

    public boolean isEnding() {
        return ending;
    }

    /** Milliseconds until the end if nothing else brings it about; -1: it is not waited for. */
    public long remainingMs(long nowMs) {
        return waiting == null ? -1 : Math.max(0, waitEndsAtMs - nowMs);
    }

    /** Ends the server, now or when what has to be waited for is over. */
    public Result shutdown(Wish wish, long nowMs) {
        if (waiting != null) {
            return Result.WAITS;
        }
        ServerLog.shutdownRequested();
        Delay wait = delay;
        if (wait != null && !wish.now() && wait.maxMs() > 0 && !wait.isOver()) {
            waiting = wish;
            waitEndsAtMs = nowMs + wait.maxMs();
            ServerLog.waitingForReplicas();
            wait.begin();
            return Result.WAITS;
        }
        return finish(wish);
    }

    /** Does what a signal has asked for, and looks whether a wait is over. */
    public void tick(long nowMs) {
        Wish wish = waiting;
        if (wish == null) {
            Wish asked = requested;
            if (asked != null && shutdown(asked, nowMs) == Result.REFUSED) {
                ServerLog.signalFailed();
            }
        } else if (nowMs >= waitEndsAtMs || delay == null || delay.isOver()) {
            finish(wish);
        }
    }

    /** Calls off what was asked for or is waited for; false if there was nothing. */
    public boolean abort() {
        if (requested == null && waiting == null) {
            return false;
        }
        ServerLog.shutdownAborted();
        callOff();
        return true;
    }

    private Result finish(Wish wish) {
        ending = true;
        for (NamedStep named : steps) {
            String refusal = named.step.run(wish);
            if (refusal != null) {
                ServerLog.cannotShutDown(named.name + ": " + refusal);
                if (!wish.force()) {
                    callOff();
                    return Result.REFUSED;
                }
            }
        }
        for (Runnable last : lasts) {
            last.run();
        }
        requested = null;
        waiting = null;
        exit.run();
        return Result.ENDED;
    }

    private void callOff() {
        boolean waited = waiting != null;
        ending = false;
        requested = null;
        waiting = null;
        if (waited && delay != null) {
            delay.end();
        }
        for (Runnable listener : callOffs) {
            listener.run();
        }
    }
}
