package io.carnelian.ops;

import io.carnelian.aof.Aof;
import io.carnelian.aof.write.Journal;
import io.carnelian.aof.write.Positions;
import io.carnelian.rdb.RdbConfig;
import io.carnelian.rdb.load.ValueLimits;
import io.carnelian.replication.LocalStore;
import io.carnelian.replication.Replication;
import io.carnelian.server.store.Keyspace;
import java.util.function.Supplier;

/**
 * What the append-only file asks of other modules: where the data set stands, and how values are
 * loaded.
 */
record AofDoors(
        Replication replication, Supplier<Keyspace> empty, ValueLimits limits, RdbConfig rdb)
        implements Positions, Aof.Source {
    @Override
    public String replid() {
        return replication.placedIn();
    }

    @Override
    public int streamDb() {
        return replication.streamDb();
    }

    @Override
    public Keyspace unpublished() {
        return empty.get();
    }

    @Override
    public boolean deep() {
        return rdb.sanitizeDumpPayload.is("yes");
    }

    @Override
    public long keyDelayMicros() {
        return rdb.keyLoadDelayMicros.value;
    }

    /** What others ask of it: how far the stream is on this server's disk. */
    record Progress(Journal journal) implements LocalStore {
        @Override
        public boolean isOn() {
            return journal.state() != Journal.State.OFF;
        }

        @Override
        public long storedOffset() {
            return journal.state() == Journal.State.ON ? journal.kept().storedOffset() : -1;
        }
    }
}
