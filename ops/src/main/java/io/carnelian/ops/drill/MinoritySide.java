package io.carnelian.ops.drill;

import io.carnelian.ops.report.Minority;
import io.carnelian.ops.report.Timeline;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * The client on the side of a primary that is cut off. It does not hear of a new one: it goes on
 * writing to the old one, until that follows the new one and refuses, and asks only then.
 */
final class MinoritySide implements AutoCloseable {
    private final DrillNode primary;
    private final Timeline timeline;
    private final Writers writers;
    private volatile boolean demoted;
    private long before;
    private long after;
    private long faultNs;
    private long lastAckNs;
    private long demotedNs;

    /**
     * @param elsewhere tells everybody else where to write
     */
    MinoritySide(Writers.Load load, DrillNode primary, IntSupplier elsewhere, Timeline timeline) {
        this.primary = primary;
        this.timeline = timeline;
        this.writers =
                new Writers(
                        load.ofOne(),
                        () -> demoted ? elsewhere.getAsInt() : primary.ownPort(),
                        timeline);
    }

    void start(String prefix) {
        writers.start(prefix);
    }

    private Writers.Acknowledged acknowledged() {
        return writers.acknowledged(primary.ownPort());
    }

    /** From now on the primary is cut off. */
    void apart(long nowNs) {
        faultNs = nowNs;
        before = acknowledged().writes();
    }

    /** The old primary is none any more. */
    void demoted(long nowNs) {
        demotedNs = nowNs;
        demoted = true;
    }

    /** Ends the client. */
    void stop() throws InterruptedException {
        writers.stop();
        Writers.Acknowledged all = acknowledged();
        after = all.writes() - before;
        lastAckNs = all.lastNs();
    }

    List<Ledger> ledgers() {
        return writers.ledgers();
    }

    /**
     * What became of its writes; it must have ended.
     *
     * @param lost keys of those that were acknowledged and are gone
     */
    Minority result(List<String> lost) {
        Ledger ledger = writers.ledgers().getFirst();
        return new Minority(
                ledger.attempted(),
                ledger.acknowledged().cardinality(),
                after,
                after == 0 ? -1 : (lastAckNs - faultNs) / 1_000_000,
                demotedNs == 0 ? -1 : (demotedNs - faultNs) / 1_000_000,
                lost,
                timeline);
    }

    @Override
    public void close() {
        writers.close();
    }
}
