package io.carnelian.server.reclaim;

import io.carnelian.server.store.Database;

/**
 * The sixteen best candidates for eviction that sampling has met, kept from one round to the next:
 * so a few samples a round come near to the true order (redis.io/docs/reference/eviction,
 * "approximated LRU").
 *
 * <p>A candidate is a record's address and hash. Before it is taken the database is asked whether
 * it still leads there, since the key may be gone and the memory in use for another.
 */
final class EvictionPool {
    static final int SIZE = 16;

    private final long[] score = new long[SIZE];
    private final long[] hash = new long[SIZE];
    private final long[] record = new long[SIZE];
    private final int[] db = new int[SIZE];
    private int count;

    /** Forgets everything: scores of another policy do not compare. */
    void clear() {
        count = 0;
    }

    /** Keeps a candidate if it is better than the worst one, or if there is room. */
    void offer(Database database, long candidate, long candidateHash, long candidateScore) {
        if (count == SIZE && candidateScore <= score[0]) {
            return;
        }
        for (int i = 0; i < count; i++) {
            if (record[i] == candidate) {
                removeAt(i);
                break;
            }
        }
        if (count == SIZE) {
            removeAt(0);
        }
        int at = count;
        while (at > 0 && score[at - 1] > candidateScore) {
            copy(at - 1, at);
            at--;
        }
        score[at] = candidateScore;
        hash[at] = candidateHash;
        record[at] = candidate;
        db[at] = database.index();
        count++;
    }

    boolean isEmpty() {
        return count == 0;
    }

    long bestRecord() {
        return record[count - 1];
    }

    long bestHash() {
        return hash[count - 1];
    }

    int bestDb() {
        return db[count - 1];
    }

    long bestScore() {
        return score[count - 1];
    }

    void dropBest() {
        count--;
    }

    int count() {
        return count;
    }

    private void removeAt(int i) {
        count--;
        for (int j = i; j < count; j++) {
            copy(j + 1, j);
        }
    }

    private void copy(int from, int to) {
        score[to] = score[from];
        hash[to] = hash[from];
        record[to] = record[from];
        db[to] = db[from];
    }
}
