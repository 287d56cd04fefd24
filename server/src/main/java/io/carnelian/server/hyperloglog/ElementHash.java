package io.carnelian.server.hyperloglog;

import io.carnelian.server.memory.Memory;

/**
 * Where an element belongs: its hash names a register and a rank. The hash is MurmurHash64A with
 * the seed that Redis takes, since sketches are merged across servers and must agree.
 *
 * <p>Source: A. Appleby, MurmurHash2 (public domain).
 */
final class ElementHash {
    private static final long SEED = 0xadc83b19L;
    private static final long MULTIPLIER = 0xc6a4a7935bd1e995L;
    private static final int SHIFT = 47;

    /** Bits of the hash that the rank is taken from. */
    static final int RANK_BITS = Long.SIZE - Sketch.INDEX_BITS;

    private ElementHash() {}

    static long of(long address, int length) {
        long h = SEED ^ (length * MULTIPLIER);
        long at = address;
        long end = address + (length & ~7);
        for (; at < end; at += Long.BYTES) {
            long k = Memory.getLong(at) * MULTIPLIER;
            k ^= k >>> SHIFT;
            h ^= k * MULTIPLIER;
            h *= MULTIPLIER;
        }
        int rest = length & 7;
        if (rest != 0) {
            for (int i = 0; i < rest; i++) {
                h ^= (Memory.getByte(at + i) & 0xFFL) << (8 * i);
            }
            h *= MULTIPLIER;
        }
        h ^= h >>> SHIFT;
        h *= MULTIPLIER;
        return h ^ (h >>> SHIFT);
    }

    /** The register of a hash: its lowest bits. */
    static int register(long hash) {
        return (int) hash & (Sketch.REGISTERS - 1);
    }

    /** The rank of a hash: position of the first one in the other bits, from 1 to 51. */
    static int rank(long hash) {
        long rest = (hash >>> Sketch.INDEX_BITS) | (1L << RANK_BITS);
        return Long.numberOfTrailingZeros(rest) + 1;
    }
}
