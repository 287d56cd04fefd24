package io.carnelian.replication.payload;

import io.carnelian.rdb.format.ChunkSink;
import io.carnelian.rdb.save.SnapshotEncoder;
import java.io.IOException;
import java.util.function.LongSupplier;

/** A snapshot, encoded as it is sent: it lives until the slowest byte has gone. */
public final class LivePayload implements Payload {
    private final SnapshotEncoder encoder;
    private final KeyPace pace;
    private final long keys;

    /**
     * @param keys in the snapshot
     * @param keyDelayMicros a pause after every key, for tests
     */
    public LivePayload(SnapshotEncoder encoder, long keys, LongSupplier keyDelayMicros) {
        this.pace = new KeyPace(keyDelayMicros);
        this.encoder = encoder.at(pace);
        this.keys = keys;
    }

    @Override
    public void put(ChunkSink sink, byte[] chunk) throws IOException {
        encoder.encode(sink, chunk);
    }

    @Override
    public long bytes() {
        long done = encoder.keysDone();
        double average = done == 0 ? 0 : (double) encoder.bytesDone() / done;
        return (long) (average * keys);
    }

    @Override
    public void stop() {
        pace.stop();
    }

    /** The snapshot is given back by who took it. */
    @Override
    public void release() {}
}
