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
    private final Runnable exit;
    private boolean ending;

    /**
     * @param exit ends the process, or the embedded server, with success
     */
    public Lifecycle(Runnable exit) {
        this.exit = exit;
    }

    public void onShutdown(String name, Step step) {
        steps.add(new NamedStep(name, step));
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
        exit.run();
        return null;
    }
}
