package io.carnelian.server.hyperloglog;

import static io.carnelian.server.command.Categories.HYPERLOGLOG;
import static io.carnelian.server.command.Flags.ADMIN;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.MAY_REPLICATE;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.commands.Strings;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * PFADD, PFCOUNT, PFMERGE, PFDEBUG and PFSELFTEST.
 *
 * <p>A sparse sketch is changed as a copy and written back whole, at most {@code
 * hll-sparse-max-bytes} of it; so what turns out to be corrupt, or finds no memory, has changed
 * nothing. A dense one is changed in place. PFCOUNT of one key notes what it found in the key: a
 * read that writes, which is told to replicas as itself.
 *
 * <p>Source: https://redis.io/docs/latest/commands/pfadd/ and its neighbours.
 */
public final class HyperLogLogCommands {
    private final LongSupplier sparseMaxBytes;
    private final SparseRegisters sparse = new SparseRegisters();

    /** Registers as ranks, while sketches are merged or become dense. */
    private final byte[] ranks = new byte[Sketch.REGISTERS];

    /** What PFADD has changed so far: registers, and the key itself if it is new. */
    private int changes;

    /**
     * @param sparseMaxBytes {@code hll-sparse-max-bytes}: longer ones become dense; the header
     *     counts
     */
    public HyperLogLogCommands(LongSupplier sparseMaxBytes) {
        this.sparseMaxBytes = sparseMaxBytes;
    }

    public void addTo(CommandTable commands) {
        int write = WRITE | DENYOOM;
        SketchDebugging debugging = new SketchDebugging(this);
        commands.add("pfadd", -2, write | FAST, Keys.FIRST, HYPERLOGLOG, this::add);
        commands.add("pfcount", -2, READONLY | MAY_REPLICATE, Keys.ALL, HYPERLOGLOG, this::count);
        commands.add("pfmerge", -2, write, Keys.ALL, HYPERLOGLOG, this::merge);
        commands.add("pfdebug", 3, write | ADMIN, Keys.SECOND, HYPERLOGLOG, debugging::debug);
        commands.add("pfselftest", 1, ADMIN, Keys.NONE, HYPERLOGLOG, SketchDebugging::selfTest);
    }

    private void add(Call call) {
        Key key = call.key(1);
        long record = found(call.db().lookupWrite(key));
        long target = record;
        changes = record == 0 ? 1 : 0;
        int next = 2;
        if (record == 0 || !Sketch.isDense(record)) {
            next = addSparse(call, record);
            if (next < call.argc()) {
                target = makeDense(call, key, record);
            } else if (changes > 0) {
                target = writeBack(call, key, record);
            }
        }
        if (next < call.argc()) {
            target = addDense(call, key, target, next);
        }
        if (changes > 0) {
            Sketch.outdate(target);
            call.dirty(changes);
            call.notify(KeyspaceEvent.PFADD, key);
        }
        call.reply().integer(changes > 0 ? 1 : 0);
    }

    /** Adds arguments to the copy until it must become dense; the first that is not added. */
    private int addSparse(Call call, long record) {
        var _ = open(record);
        for (int i = 2; i < call.argc(); i++) {
            long hash = ElementHash.of(call.address(i), call.length(i));
            SparseRegisters.Raised raised =
                    raise(ElementHash.register(hash), ElementHash.rank(hash));
            if (raised == SparseRegisters.Raised.TOO_BIG) {
                return i;
            }
            changes += raised == SparseRegisters.Raised.CHANGED ? 1 : 0;
        }
        return call.argc();
    }

    /** Adds the arguments from one on in place; the record. */
    private long addDense(Call call, Key key, long record, int from) {
        long target = record;
        boolean writable = false;
        for (int i = from; i < call.argc(); i++) {
            long hash = ElementHash.of(call.address(i), call.length(i));
            int register = ElementHash.register(hash);
            int rank = ElementHash.rank(hash);
            if (DenseRegisters.get(Sketch.registers(target), register) < rank) {
                target = writable ? target : writable(call, key, target);
                writable = true;
                DenseRegisters.set(Sketch.registers(target), register, rank);
                changes++;
            }
        }
        return target;
    }

    private void count(Call call) {
        if (call.argc() > 2) {
            call.reply().integer(countUnion(call));
            return;
        }
        Key key = call.key(1);
        long record = found(call.db().lookupRead(key));
        if (record == 0) {
            call.reply().integer(0);
            return;
        }
        long count = Sketch.count(record);
        if (count < 0) {
            count = estimate(record);
            Sketch.note(writable(call, key, record), count);
            call.dirty();
        }
        call.reply().integer(count);
    }

    private long estimate(long record) {
        int[] ofRank = Estimate.ranks();
        if (Sketch.isDense(record)) {
            DenseRegisters.count(Sketch.registers(record), ofRank);
        } else {
            var _ = open(record);
            if (!sparse.count(ofRank)) {
                throw Sketch.CORRUPT.error();
            }
        }
        return Estimate.of(ofRank);
    }

    private long countUnion(Call call) {
        Arrays.fill(ranks, (byte) 0);
        for (int i = 1; i < call.argc(); i++) {
            long record = found(call.db().lookupRead(call.key(i)));
            if (record != 0) {
                raiseTo(record);
            }
        }
        int[] ofRank = Estimate.ranks();
        for (byte rank : ranks) {
            ofRank[rank]++;
        }
        return Estimate.of(ofRank);
    }

    private void merge(Call call) {
        Arrays.fill(ranks, (byte) 0);
        boolean dense = false;
        for (int i = 1; i < call.argc(); i++) {
            long record = found(call.db().lookupRead(call.key(i)));
            if (record != 0) {
                dense |= Sketch.isDense(record);
                raiseTo(record);
            }
        }
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        // The destination was one of the sources, so that the ranks are all that it will hold.
        if (dense || !raiseAll(record)) {
            record = prepare(call, key, record, Sketch.DENSE_BYTES);
            Sketch.encoding(record, true);
            DenseRegisters.write(ranks, Sketch.registers(record));
        } else {
            record = writeBack(call, key, record);
        }
        Sketch.outdate(record);
        call.dirty();
        call.notify(KeyspaceEvent.PFADD, key);
        call.reply().ok();
    }

    /** Raises all registers of a sparse sketch to the ranks; false if it must become dense. */
    private boolean raiseAll(long record) {
        var _ = open(record);
        for (int i = 0; i < Sketch.REGISTERS; i++) {
            if (ranks[i] != 0 && raise(i, ranks[i]) == SparseRegisters.Raised.TOO_BIG) {
                return false;
            }
        }
        return true;
    }

    private SparseRegisters.Raised raise(int register, int rank) {
        long most = sparseMaxBytes.getAsLong() - Sketch.HEADER_BYTES;
        SparseRegisters.Raised raised = sparse.raise(register, rank, most);
        if (raised == SparseRegisters.Raised.CORRUPT) {
            throw Sketch.CORRUPT.error();
        }
        return raised;
    }

    private void raiseTo(long record) {
        if (Sketch.isDense(record)) {
            DenseRegisters.raise(Sketch.registers(record), ranks);
            return;
        }
        var _ = open(record);
        if (!sparse.raiseTo(ranks)) {
            throw Sketch.CORRUPT.error();
        }
    }

    /** The record, which is a sketch; 0 stays 0. */
    static long found(long record) {
        Strings.check(record);
        if (record != 0) {
            Sketch.check(record);
        }
        return record;
    }

    /** Copies the registers of a sparse sketch, or of none. */
    SparseRegisters open(long record) {
        if (record == 0) {
            sparse.clear();
        } else if (!sparse.read(Sketch.registers(record), Sketch.registerBytes(record))) {
            throw Sketch.CORRUPT.error();
        }
        return sparse;
    }

    private long writeBack(Call call, Key key, long record) {
        long target = prepare(call, key, record, Sketch.HEADER_BYTES + sparse.length());
        sparse.write(Sketch.registers(target));
        return target;
    }

    /** Makes the key's value dense, with the registers of the copy; its record. */
    long makeDense(Call call, Key key, long record) {
        Arrays.fill(ranks, (byte) 0);
        if (!sparse.raiseTo(ranks)) {
            throw Sketch.CORRUPT.error();
        }
        long target = prepare(call, key, record, Sketch.DENSE_BYTES);
        Sketch.encoding(target, true);
        DenseRegisters.write(ranks, Sketch.registers(target));
        return target;
    }

    /** The writable record of the key, of this length, with a header. */
    private static long prepare(Call call, Key key, long record, int bytes) {
        if (record == 0) {
            long created = call.db().createRaw(key, bytes);
            Sketch.begin(created, false);
            return created;
        }
        return call.db().resizeForWrite(key, bytes);
    }

    private static long writable(Call call, Key key, long record) {
        return call.db().resizeForWrite(key, Record.valueLength(record));
    }
}
