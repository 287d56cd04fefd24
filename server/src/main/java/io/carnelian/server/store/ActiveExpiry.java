package io.carnelian.server.store;

import io.carnelian.server.table.Directory;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.Segment;
import io.carnelian.server.table.Table;
import io.carnelian.server.table.TableScan;

/**
 * Finds expired keys of one database that nobody asks for, segment by segment in the order of the
 * hash.
 *
 * <p>A segment's header tells how many of its records expire and a time before which none does, so
 * a segment costs one read unless something may have expired. That time may be too early, never too
 * late; a walk through the segment makes it exact again, unless a snapshot sees the segment.
 */
final class ActiveExpiry {
    private static final int TTL_WEIGHT = 50;

    private final Database database;
    private long nextHash;
    private long averageTtlMs;
    private long covered;
    private boolean passEnded;
    private long[] expired = new long[64];
    private int expiredCount;

    ActiveExpiry(Database database) {
        this.database = database;
    }

    long averageTtlMs() {
        return averageTtlMs;
    }

    /** Records with an expiry in all segments that were dealt with, since the start. */
    long covered() {
        return covered;
    }

    /** Whether the last slice came to the end of the table. */
    boolean passEnded() {
        return passEnded;
    }

    void restart() {
        nextHash = 0;
        averageTtlMs = 0;
    }

    int slice(int maxSegments, int maxKeys) {
        Table table = database.table();
        passEnded = table.expiring() == 0;
        if (passEnded) {
            return 0;
        }
        int deleted = 0;
        for (int i = 0; i < maxSegments && deleted < maxKeys; i++) {
            long word = Directory.segment(table.root(), table.rootDepth(), nextHash);
            long segment = Directory.address(word);
            int depth = Segment.depth(segment);
            int expiring = Segment.expiring(segment);
            int some = 0;
            if (Segment.earliestExpiry(segment) < database.keyspace().nowMs()) {
                collect(table, segment, Directory.slotBits(word), maxKeys - deleted);
                some = expiredCount;
                deleteCollected();
            }
            deleted += some;
            covered += deleted < maxKeys ? expiring : some;
            if (deleted < maxKeys) {
                nextHash = TableScan.nextHash(nextHash, depth);
            }
            if (nextHash == 0 && deleted < maxKeys) {
                passEnded = true;
                break;
            }
        }
        return deleted;
    }

    /** Lists expired records, and makes the segment's earliest expiry exact for those that stay. */
    private void collect(Table table, long segment, int bits, int maxKeys) {
        long nowMs = database.keyspace().nowMs();
        int expiring = Segment.expiring(segment);
        long earliest = Segment.NO_EXPIRY;
        long ttlSum = 0;
        int staying = 0;
        int seen = 0;
        expiredCount = 0;
        if (expired.length < expiring) {
            expired = new long[expiring];
        }
        for (int i = 0, n = Segment.slots(bits); i < n && seen < expiring; i++) {
            long word = Segment.word(segment, i);
            long record = word & Segment.ADDRESS;
            if (word == 0 || !Record.hasExpiry(record)) {
                continue;
            }
            seen++;
            long at = Record.expireAt(record);
            if (at < nowMs && expiredCount < maxKeys) {
                expired[expiredCount++] = record;
            } else {
                earliest = Math.min(earliest, at);
                ttlSum += Math.max(0, at - nowMs);
                staying++;
            }
        }
        if (!table.epochs().isFrozen(Segment.stamp(segment))) {
            Segment.setEarliestExpiry(segment, earliest);
        }
        if (staying > 0) {
            long ttl = ttlSum / staying;
            averageTtlMs =
                    averageTtlMs == 0 ? ttl : averageTtlMs + (ttl - averageTtlMs) / TTL_WEIGHT;
        }
    }

    private void deleteCollected() {
        for (int i = 0; i < expiredCount; i++) {
            database.expire(expired[i]);
        }
    }
}
