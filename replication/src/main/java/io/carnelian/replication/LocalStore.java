package io.carnelian.replication;

/** How far the stream is on this server's own disk, as WAITAOF and {@code FACK} tell it. */
public interface LocalStore {
    /** Whether the stream is kept at all: {@code appendonly}. */
    boolean isOn();

    /** Offset of the stream up to which it is on the disk; -1 while nothing is. */
    long storedOffset();

    /** Of a server that keeps nothing. */
    LocalStore NONE =
            new LocalStore() {
                @Override
                public boolean isOn() {
                    return false;
                }

                @Override
                public long storedOffset() {
                    return -1;
                }
            };
}
