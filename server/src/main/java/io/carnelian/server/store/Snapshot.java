package io.carnelian.server.store;

import io.carnelian.server.epoch.Cut;
import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.epoch.FrozenView;
import io.carnelian.server.flight.FlightEvents;
import io.carnelian.server.flight.SnapshotFlight;
import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.ThreadPriority;
import io.carnelian.server.table.Directory;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.RecordVisitor;
import io.carnelian.server.table.Segment;
import io.carnelian.server.table.Table;
import io.carnelian.server.table.TableScan;
import org.jspecify.annotations.Nullable;

/**
 * All databases as they were at one moment, readable by another thread while the live ones change.
 *
 * <pre>
 *   command thread    cut ─────────── writes go on ──────────────────── end ── releaseSome ...
 *                      │ hand over                                       ↑ message
 *   snapshot thread    └──> walk(0, v) ── walk(1, v) ── ... ── finished ─┘
 * </pre>
 *
 * The walk takes each segment in two passes: first it reads the first two cache lines of every
 * record, then it visits them. The branches of an encoder on what it reads would otherwise
 * serialise the cache misses (measured in a prototype: 3.9 against 15-32 million keys a second).
 * After each it lets others go first.
 *
 * <p>A visitor must not read a record's clock as if it were part of the moment: it alone may
 * change. The hand-over in either direction must be a happens-before edge (a volatile write, a
 * queue).
 */
public final class Snapshot implements FrozenView {
    private static final int TOUCHED_BYTES = 128;

    private final Cut cut;
    private final long[] roots;
    private final int[] rootDepths;
    private final long[] counts;
    private final long[] expiring;
    private final long atMs;
    private final @Nullable SnapshotFlight flight;
    private volatile long walked;

    /** Written, never read: it keeps the touching loads from being optimised away. */
    @SuppressWarnings("UnusedVariable")
    private long seen;

    Snapshot(Keyspace keyspace) {
        flight = FlightEvents.snapshotBegins(keyspace.epochs().bytesCopied());
        int n = keyspace.databases();
        roots = new long[n];
        rootDepths = new int[n];
        counts = new long[n];
        expiring = new long[n];
        for (int i = 0; i < n; i++) {
            Table table = keyspace.db(i).table();
            roots[i] = table.root();
            rootDepths[i] = table.rootDepth();
            counts[i] = table.count();
            expiring[i] = table.expiring();
        }
        atMs = keyspace.nowMs();
        cut = keyspace.epochs().cut(this);
    }

    /** The time of the cut, in ms since 1970. */
    public long atMs() {
        return atMs;
    }

    public int databases() {
        return roots.length;
    }

    /** Keys of a database at the cut, expired ones that were not noticed included. */
    public long count(int database) {
        return counts[database];
    }

    /** Keys with an expiry of a database at the cut. */
    public long expiring(int database) {
        return expiring[database];
    }

    /** Keys walked so far; may be read by any thread. */
    public long walkedKeys() {
        return walked;
    }

    /** Visits every record of a database as of the cut, on the snapshot thread. */
    public void walk(int database, RecordVisitor visitor) {
        long root = roots[database];
        int rootDepth = rootDepths[database];
        long total = walked;
        long hash = 0;
        do {
            long word = Directory.segment(root, rootDepth, hash);
            long segment = Directory.address(word);
            int slots = Segment.slots(Directory.slotBits(word));
            if (Segment.count(segment) != 0) {
                seen ^= touch(segment, slots);
                total += visit(segment, slots, visitor);
                walked = total;
                ThreadPriority.giveWay();
            }
            hash = TableScan.nextHash(hash, Segment.depth(segment));
        } while (hash != 0);
    }

    /** True if a database of this snapshot leads to this record. */
    @Override
    public boolean holds(long record) {
        long hash = Hash.of(Record.keyAddress(record), Record.keyLength(record));
        for (int i = 0; i < roots.length; i++) {
            if (counts[i] != 0 && TableScan.holds(roots[i], rootDepths[i], hash, record)) {
                return true;
            }
        }
        return false;
    }

    Cut cut() {
        return cut;
    }

    /** For who watches snapshots; called once, before the cut ends. */
    void tellEnd(Epochs epochs) {
        if (flight != null) {
            long keys = 0;
            for (long count : counts) {
                keys += count;
            }
            flight.ended(keys, walked, epochs.bytesCopied(), epochs.limboBytes());
        }
    }

    long root(int database) {
        return roots[database];
    }

    int rootDepth(int database) {
        return rootDepths[database];
    }

    /**
     * Brings the ends of all records near: first their headers, then, as these tell, their last
     * bytes.
     */
    private static long touch(long segment, int slots) {
        long seen = 0;
        for (int i = 0; i < slots; i++) {
            long word = Segment.word(segment, i);
            if (word != 0) {
                seen ^= Memory.getLong(word & Segment.ADDRESS);
            }
        }
        for (int i = 0; i < slots; i++) {
            long word = Segment.word(segment, i);
            if (word != 0) {
                long record = word & Segment.ADDRESS;
                seen ^= Memory.getByte(record + Math.min(Record.size(record), TOUCHED_BYTES) - 1);
            }
        }
        return seen;
    }

    private static int visit(long segment, int slots, RecordVisitor visitor) {
        int visited = 0;
        for (int i = 0; i < slots; i++) {
            long word = Segment.word(segment, i);
            if (word != 0) {
                visitor.visit(word & Segment.ADDRESS);
                visited++;
            }
        }
        return visited;
    }
}
