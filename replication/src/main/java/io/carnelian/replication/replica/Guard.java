package io.carnelian.replication.replica;

import io.carnelian.replication.stream.FullSyncRule;
import io.carnelian.replication.stream.FullSyncRule.Verdict;
import io.carnelian.server.config.Toggle;
import java.util.Map;

/**
 * {@code replica-full-sync-guard}: remembers whether the primary was followed before, and what of
 * it was refused. After a refusal nothing is asked of it until REPLICAOF names it again, or the
 * guard is switched off. Command thread only.
 */
final class Guard {
    private final Toggle on;
    private boolean followed;
    private Verdict verdict = Verdict.TAKE;

    Guard(Toggle on) {
        this.on = on;
    }

    /** REPLICAOF: whatever comes now is wanted. */
    void forget() {
        followed = false;
        verdict = Verdict.TAKE;
    }

    /** The data set is that of the present primary. */
    void followed() {
        followed = true;
    }

    /** It is asked again; what it has may be refused again. */
    void release() {
        verdict = Verdict.TAKE;
    }

    /**
     * Whether a payload is refused.
     *
     * @param keys of the payload
     * @param replid its history, empty if nothing is known of it
     * @param facts its AUX fields
     */
    boolean refuses(FullSyncRule.Held held, long keys, String replid, Map<String, String> facts) {
        String origin = facts.getOrDefault(FullSyncRule.ORIGIN, "");
        FullSyncRule.Offered offered = new FullSyncRule.Offered(keys, replid, origin);
        verdict = FullSyncRule.decide(on.on && followed, held, offered);
        return hasRefused();
    }

    boolean hasRefused() {
        return verdict != Verdict.TAKE;
    }

    /** For INFO and the log. */
    String state() {
        return switch (verdict) {
            case TAKE -> on.on ? "armed" : "off";
            case EMPTY -> "refused-empty";
            case OLDER -> "refused-older";
        };
    }
}
