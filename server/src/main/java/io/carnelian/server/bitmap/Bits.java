package io.carnelian.server.bitmap;

import io.carnelian.server.memory.Memory;

/**
 * Counting, searching and combining bits in memory, a word of eight bytes at a time. Bit 0 is the
 * most significant bit of byte 0, so a word read in memory order must be byte-swapped before its
 * bits stand in order.
 */
final class Bits {
    private Bits() {}

    /** Number of ones in {@code length} bytes. */
    static long count(long address, long length) {
        long ones = 0;
        long at = address;
        long end = address + length;
        for (; at + 8 <= end; at += 8) {
            ones += Long.bitCount(Memory.getLong(at));
        }
        for (; at < end; at++) {
            ones += Integer.bitCount(Memory.getByte(at) & 0xFF);
        }
        return ones;
    }

    /** Number of ones between two bits, both included. */
    static long count(long address, long firstBit, long lastBit) {
        long firstByte = firstBit >>> 3;
        long lastByte = lastBit >>> 3;
        long ones = count(address + firstByte, lastByte - firstByte + 1);
        int before = Memory.getByte(address + firstByte) & 0xFF & ~(0xFF >>> (firstBit & 7));
        int behind = Memory.getByte(address + lastByte) & 0x7F >>> (lastBit & 7);
        return ones - Integer.bitCount(before) - Integer.bitCount(behind);
    }

    /**
     * Position of the first bit of this value between two bits, both included; -1 if there is none.
     */
    static long find(long address, long firstBit, long lastBit, boolean one) {
        long bit = firstBit;
        while (bit <= lastBit && (bit & 7) != 0) {
            if (get(address, bit) == one) {
                return bit;
            }
            bit++;
        }
        long skipped = one ? 0 : -1L;
        while (bit + 63 <= lastBit) {
            long word = Memory.getLong(address + (bit >>> 3));
            if (word != skipped) {
                long ordered = Long.reverseBytes(one ? word : ~word);
                return bit + Long.numberOfLeadingZeros(ordered);
            }
            bit += 64;
        }
        while (bit <= lastBit) {
            if (get(address, bit) == one) {
                return bit;
            }
            bit++;
        }
        return -1;
    }

    static boolean get(long address, long bit) {
        return (Memory.getByte(address + (bit >>> 3)) >>> (7 - (bit & 7)) & 1) != 0;
    }

    static void set(long address, long bit, boolean one) {
        long at = address + (bit >>> 3);
        int mask = 0x80 >>> (bit & 7);
        int old = Memory.getByte(at);
        Memory.putByte(at, (byte) (one ? old | mask : old & ~mask));
    }

    /**
     * The unsigned integer of {@code width} bits, 1 to 64, that begins at a bit; bits beyond the
     * end are zero.
     */
    static long field(long address, long lengthBytes, long firstBit, int width) {
        long value = 0;
        for (int i = 0; i < width; i++) {
            long bit = firstBit + i;
            boolean one = bit >>> 3 < lengthBytes && get(address, bit);
            value = (value << 1) | (one ? 1 : 0);
        }
        return value;
    }

    static void setField(long address, long firstBit, int width, long value) {
        for (int i = 0; i < width; i++) {
            set(address, firstBit + i, (value >>> (width - 1 - i) & 1) != 0);
        }
    }

    /** What BITOP does to two words. */
    enum Operation {
        AND,
        OR,
        XOR,
        NOT;

        long apply(long a, long b) {
            return switch (this) {
                case AND -> a & b;
                case OR -> a | b;
                case XOR -> a ^ b;
                case NOT -> ~a;
            };
        }
    }

    /**
     * Combines a source into a target in place: {@code target = target op source}. A source that is
     * shorter counts as followed by zeros.
     */
    static void combine(
            Operation operation, long target, long targetLength, long source, long sourceLength) {
        long common = Math.min(targetLength, sourceLength);
        long i = 0;
        for (; i + 8 <= common; i += 8) {
            Memory.putLong(
                    target + i,
                    operation.apply(Memory.getLong(target + i), Memory.getLong(source + i)));
        }
        for (; i < common; i++) {
            Memory.putByte(
                    target + i,
                    (byte) operation.apply(Memory.getByte(target + i), Memory.getByte(source + i)));
        }
        if (operation == Operation.AND && common < targetLength) {
            Memory.fill(target + common, targetLength - common, (byte) 0);
        }
    }

    /** Inverts every bit. */
    static void invert(long target, long length) {
        long i = 0;
        for (; i + 8 <= length; i += 8) {
            Memory.putLong(target + i, ~Memory.getLong(target + i));
        }
        for (; i < length; i++) {
            Memory.putByte(target + i, (byte) ~Memory.getByte(target + i));
        }
    }
}
