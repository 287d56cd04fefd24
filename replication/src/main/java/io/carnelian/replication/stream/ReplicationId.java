package io.carnelian.replication.stream;

import java.util.HexFormat;

/**
 * Names of histories (replids) and end marks of payloads: 40 hex digits, made of randomness that
 * the caller has.
 */
public final class ReplicationId {
    public static final int LENGTH = 40;

    /** Bytes of randomness that an id is made of. */
    public static final int RANDOM_BYTES = LENGTH / 2;

    /** Stands for "no history". */
    public static final String NONE = "0".repeat(LENGTH);

    private ReplicationId() {}

    /**
     * The id of {@link #RANDOM_BYTES} random bytes. They must come from a generator that nobody can
     * guess: who knows the end mark in advance could write it into a value.
     */
    public static String of(byte[] random) {
        if (random.length != RANDOM_BYTES) {
            throw new IllegalArgumentException(random.length + " bytes");
        }
        return HexFormat.of().formatHex(random);
    }
}
