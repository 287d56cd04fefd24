package io.carnelian.server.flight;

/** A snapshot whose life a recording shows. */
public final class SnapshotFlight {
    private final SnapshotEvent event = new SnapshotEvent();
    private final long copiedBefore;

    private SnapshotFlight(long copiedBefore) {
        this.copiedBefore = copiedBefore;
    }

    /**
     * It begins now.
     *
     * @param copiedBytes by all snapshots until now
     */
    static SnapshotFlight begin(long copiedBytes) {
        SnapshotFlight flight = new SnapshotFlight(copiedBytes);
        flight.event.begin();
        return flight;
    }

    /**
     * It has ended.
     *
     * @param copiedBytes by all snapshots until now
     * @param waitingBytes that only snapshots can see
     */
    public void ended(long keys, long walkedKeys, long copiedBytes, long waitingBytes) {
        event.end();
        if (event.shouldCommit()) {
            event.keys = keys;
            event.walkedKeys = walkedKeys;
            event.copiedBytes = copiedBytes - copiedBefore;
            event.waitingBytes = waitingBytes;
            event.commit();
        }
    }
}
