package io.carnelian.server;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The orderly end. Modules add steps (a final save, the AOF's last sync, the sockets); {@link
 * #shutdown} runs them in the order of their adding and then ends the process, or gives up with the
 * reason of the first step that refuses, and the server goes on. Command thread only.
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

    private record NamedStep(String name, Step step) {}

    private final List<NamedStep> steps = new ArrayList<>();
    private final List<Runnable> lasts = new ArrayList<>();
    private final Runnable exit;
    private boolean ending;
    private volatile @Nullable Wish requested;

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

    /**
     * Asks for the end at the next tick, as a signal does; false if that was asked for already. Any
     * thread.
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

    /** Takes back what {@link #request} asked for; false if there was nothing. */
    public boolean abort() {
        boolean there = requested != null;
        requested = null;
        return there;
    }

    /** Ends the server if that was asked for; the reason when it refuses to end. */
    public @Nullable String endIfRequested() {
        Wish wish = requested;
        if (wish == null) {
            return null;
        }
        String refusal = shutdown(wish);
        requested = null;
        return refusal;
    }

    public boolean isEnding() {
        return ending;
    }

    /**
     * Ends the server: does not come back to the caller's work if it succeeds. Else the reason of
     * the refusal.
     */
    public @Nullable String shutdown(Wish wish) {
        ending = true;
        for (NamedStep named : steps) {
            String refusal = named.step.run(wish);
            if (refusal != null && !wish.force()) {
                ending = false;
                return named.name + ": " + refusal;
            }
        }
        for (Runnable last : lasts) {
            last.run();
        }
        exit.run();
        return null;
    }
}
