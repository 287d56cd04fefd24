package io.carnelian.ops.drill;

import io.carnelian.ops.report.Timeline;
import java.io.IOException;
import java.util.List;

/** Who makes a replica the primary, and tells clients where that is. */
interface Failover extends AutoCloseable {
    /** The port of the primary, or 0 if nobody knows. Any thread. */
    int primaryPort();

    /** What happens from now on goes there. */
    void tell(Timeline timeline);

    /** Whether it has seen all nodes and would act now. */
    boolean isReady();

    /**
     * Moves the role away from a primary that is well.
     *
     * @throws IOException if it is refused
     */
    void request(DrillNode primary, List<DrillNode> replicas)
            throws IOException, InterruptedException;

    /**
     * Waits until the old primary follows the new one, and undoes what was done to it for that.
     *
     * @throws IOException if it does not come to that
     */
    void handedOver(DrillNode old) throws IOException, InterruptedException;

    /** A node that was away is back, maybe as a primary of its own. */
    void rejoined(DrillNode node) throws IOException;

    @Override
    void close();
}
