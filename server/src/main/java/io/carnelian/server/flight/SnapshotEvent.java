package io.carnelian.server.flight;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The life of a snapshot, from its cut to its end. */
@Name("io.carnelian.Snapshot")
@Label("Snapshot")
@Category("Carnelian")
@Description("All databases as of one moment: of a save, a full sync or a rewrite of the AOF")
@StackTrace(false)
final class SnapshotEvent extends Event {
    @Label("Keys")
    @Description("In all databases at the cut")
    long keys;

    @Label("Walked Keys")
    @Description("Fewer than there are if it was given up")
    long walkedKeys;

    @Label("Copied Bytes")
    @Description("Of nodes, by writes while it lived; together with other snapshots of that time")
    @DataAmount
    long copiedBytes;

    @Label("Waiting Bytes")
    @Description("Memory that only snapshots could see, at its end")
    @DataAmount
    long waitingBytes;
}
