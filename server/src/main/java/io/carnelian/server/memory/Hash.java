package io.carnelian.server.memory;

import java.security.SecureRandom;

/**
 * The 64-bit hash of keys and elements: folded multiplication (the high half of a 128-bit product
 * xored with the low one) of the input masked with secret words, as in wyhash.
 *
 * <p>Who does not know the secrets cannot choose keys that collide; they come from the system's
 * random source at start and never leave the process. So hash values mean nothing to other
 * processes and must not be stored. Tests fix them with {@code -Dcarnelian.hash.seed=<number>}.
 *
 * <p>Keys up to 16 bytes, nearly all, cost two loads and two multiplications.
 */
public final class Hash {
    private static final long S0;
    private static final long S1;
    private static final long S2;
    private static final long S3;

    static {
        Long fixed = Long.getLong("carnelian.hash.seed");
        SecureRandom random = new SecureRandom();
        long seed = fixed == null ? 0 : fixed;
        S0 = fixed == null ? random.nextLong() : mix(seed + 1, 0x9E3779B97F4A7C15L);
        S1 = fixed == null ? random.nextLong() : mix(seed + 2, 0xBF58476D1CE4E5B9L);
        S2 = fixed == null ? random.nextLong() : mix(seed + 3, 0x94D049BB133111EBL);
        S3 = fixed == null ? random.nextLong() : mix(seed + 4, 0xD6E8FEB86659FD93L);
    }

    private Hash() {}

    /** The hash of the bytes at {@code address}. */
    public static long of(long address, int length) {
        if (length > 16) {
            return ofLong(address, length);
        }
        long a;
        long b;
        if (length >= 8) {
            a = Memory.getLong(address);
            b = Memory.getLong(address + length - 8);
        } else if (length >= 4) {
            a = Memory.getInt(address);
            b = Memory.getInt(address + length - 4);
        } else {
            a = tiny(address, length);
            b = 0;
        }
        return mix(mix(a ^ S0, b ^ S1) ^ S2, S3 ^ length);
    }

    private static long ofLong(long address, int length) {
        long seed = S2;
        long at = address;
        long last = address + length - 16;
        if (length > 48) {
            long second = S1;
            for (; at < last - 16; at += 32) {
                seed = mix(Memory.getLong(at) ^ S0, Memory.getLong(at + 8) ^ seed);
                second = mix(Memory.getLong(at + 16) ^ S3, Memory.getLong(at + 24) ^ second);
            }
            seed ^= second;
        }
        for (; at < last; at += 16) {
            seed = mix(Memory.getLong(at) ^ S0, Memory.getLong(at + 8) ^ seed);
        }
        seed ^= mix(Memory.getLong(last) ^ S0, Memory.getLong(last + 8) ^ S1);
        return mix(seed ^ S2, S3 ^ length);
    }

    private static long tiny(long address, int length) {
        if (length == 0) {
            return 0;
        }
        return (Memory.getByte(address) & 0xffL)
                | (Memory.getByte(address + (length >>> 1)) & 0xffL) << 8
                | (Memory.getByte(address + length - 1) & 0xffL) << 16;
    }

    private static long mix(long a, long b) {
        return Math.unsignedMultiplyHigh(a, b) ^ (a * b);
    }
}
