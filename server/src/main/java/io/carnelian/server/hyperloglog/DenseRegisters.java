package io.carnelian.server.hyperloglog;

import io.carnelian.server.memory.Memory;

/**
 * All registers as numbers of six bits one behind the other, the lowest bits of a byte first:
 *
 * <pre>
 *   byte 0   byte 1   byte 2
 *   11000000 22221111 33333322   the digit says whose bit it is
 * </pre>
 */
final class DenseRegisters {
    static final int BYTES = Sketch.REGISTERS * 6 / 8;

    private static final int MASK = 63;
    private static final int GROUP = 4;
    private static final int GROUP_BYTES = 3;

    private DenseRegisters() {}

    static int get(long address, int register) {
        return (group(address, register) >>> shift(register)) & MASK;
    }

    static void set(long address, int register, int rank) {
        int shift = shift(register);
        int others = group(address, register) & ~(MASK << shift);
        int group = others | (rank << shift);
        long at = at(address, register);
        Memory.putByte(at, (byte) group);
        Memory.putByte(at + 1, (byte) (group >> 8));
        Memory.putByte(at + 2, (byte) (group >> 16));
    }

    /** Counts how many registers have which rank. */
    static void count(long address, int[] ofRank) {
        for (int i = 0; i < Sketch.REGISTERS; i += GROUP) {
            int group = group(address, i);
            ofRank[group & MASK]++;
            ofRank[(group >>> 6) & MASK]++;
            ofRank[(group >>> 12) & MASK]++;
            ofRank[(group >>> 18) & MASK]++;
        }
    }

    /** Raises each rank to that of its register here, if that is higher. */
    static void raise(long address, byte[] ranks) {
        for (int i = 0; i < Sketch.REGISTERS; i += GROUP) {
            int group = group(address, i);
            for (int k = 0; k < GROUP; k++) {
                ranks[i + k] = (byte) Math.max(ranks[i + k], (group >>> (6 * k)) & MASK);
            }
        }
    }

    /** Writes them all. */
    static void write(byte[] ranks, long address) {
        for (int i = 0; i < Sketch.REGISTERS; i++) {
            set(address, i, ranks[i]);
        }
    }

    /** The four registers of which this is one: three bytes. */
    private static int group(long address, int register) {
        long at = at(address, register);
        return (Memory.getShort(at) & 0xFFFF) | ((Memory.getByte(at + 2) & 0xFF) << 16);
    }

    private static long at(long address, int register) {
        return address + (long) register / GROUP * GROUP_BYTES;
    }

    private static int shift(int register) {
        return 6 * (register % GROUP);
    }
}
