package io.carnelian.server.hyperloglog;

import io.carnelian.server.command.Call;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Numbers;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Key;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** PFDEBUG, which looks into a sketch, and PFSELFTEST, which counts what it knows. */
final class SketchDebugging {
    private static final ErrorReply NO_KEY = ErrorReply.of("ERR The specified key does not exist");
    private static final ErrorReply NOT_SPARSE = ErrorReply.of("ERR HLL encoding is not sparse");
    private static final Token GETREG = Token.of("GETREG");
    private static final Token DECODE = Token.of("DECODE");
    private static final Token ENCODING = Token.of("ENCODING");
    private static final Token TODENSE = Token.of("TODENSE");

    private static final int ROUNDS = 10;
    private static final int MOST_ELEMENTS = 1_000_000;

    /** Six standard errors of 1.04 / √16384: a sound sketch is never beyond. */
    private static final double MAX_ERROR = 6 * 1.04 / 128;

    private final HyperLogLogCommands sketches;

    SketchDebugging(HyperLogLogCommands sketches) {
        this.sketches = sketches;
    }

    void debug(Call call) {
        Key key = call.key(2);
        long record = HyperLogLogCommands.found(call.db().lookupWrite(key));
        if (record == 0) {
            throw NO_KEY.error();
        }
        boolean dense = Sketch.isDense(record);
        if (call.is(1, GETREG)) {
            registers(call, dense ? record : makeDense(call, key, record));
        } else if (call.is(1, DECODE)) {
            if (dense) {
                throw NOT_SPARSE.error();
            }
            call.reply().bulk(sketches.open(record).decoded());
        } else if (call.is(1, ENCODING)) {
            call.reply().simple(dense ? "dense" : "sparse");
        } else if (call.is(1, TODENSE)) {
            if (!dense) {
                var _ = makeDense(call, key, record);
            }
            call.reply().integer(dense ? 0 : 1);
        } else {
            throw ErrorReply.of("ERR Unknown PFDEBUG subcommand '" + call.shown(1) + "'").error();
        }
    }

    private long makeDense(Call call, Key key, long record) {
        var _ = sketches.open(record);
        long dense = sketches.makeDense(call, key, record);
        call.dirty();
        return dense;
    }

    private static void registers(Call call, long record) {
        call.reply().array(Sketch.REGISTERS);
        for (int i = 0; i < Sketch.REGISTERS; i++) {
            call.reply().integer(DenseRegisters.get(Sketch.registers(record), i));
        }
    }

    static void selfTest(Call call) {
        ByteBuf memory = Unpooled.directBuffer(DenseRegisters.BYTES + Numbers.MAX_LONG_DIGITS);
        try {
            memory.setZero(0, memory.capacity());
            String failure = packing(memory.memoryAddress());
            memory.setZero(0, memory.capacity());
            failure = failure == null ? counting(memory.memoryAddress()) : failure;
            if (failure != null) {
                throw ErrorReply.of("ERR TESTFAILED " + failure).error();
            }
        } finally {
            memory.release();
        }
        call.reply().ok();
    }

    /** Every register is what was written to it, and no other one. */
    private static @Nullable String packing(long registers) {
        SplittableRandom random = new SplittableRandom();
        byte[] expected = new byte[Sketch.REGISTERS];
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < Sketch.REGISTERS; i++) {
                expected[i] = (byte) random.nextInt(64);
                DenseRegisters.set(registers, i, expected[i]);
            }
            for (int i = 0; i < Sketch.REGISTERS; i++) {
                int rank = DenseRegisters.get(registers, i);
                if (rank != expected[i]) {
                    return "Register " + i + " should be " + expected[i] + " but is " + rank;
                }
            }
        }
        return null;
    }

    /** The estimate is near, at each power of ten, and the sparse form agrees while it can. */
    private static @Nullable String counting(long registers) {
        SplittableRandom random = new SplittableRandom();
        SparseRegisters sparse = new SparseRegisters();
        sparse.clear();
        boolean fits = true;
        long text = registers + DenseRegisters.BYTES;
        long checkAt = 1;
        for (long n = 1; n <= MOST_ELEMENTS; n++) {
            Memory.putLong(text, random.nextLong());
            long hash = ElementHash.of(text, Long.BYTES);
            int register = ElementHash.register(hash);
            int rank = ElementHash.rank(hash);
            if (DenseRegisters.get(registers, register) < rank) {
                DenseRegisters.set(registers, register, rank);
                fits = fits && raised(sparse.raise(register, rank, Long.MAX_VALUE));
            }
            if (n == checkAt) {
                checkAt *= 10;
                long found = estimate(registers);
                // Two elements may share a register: of a few, one may be missing.
                if (Math.abs(found - n) > Math.max(1, Math.ceil(n * MAX_ERROR))) {
                    return "Too big error. card:" + n + " estimated:" + found;
                }
                int[] ofRank = Estimate.ranks();
                if (fits && (!sparse.count(ofRank) || Estimate.of(ofRank) != found)) {
                    return "dense/sparse disagree, card:" + n;
                }
            }
        }
        return null;
    }

    private static boolean raised(SparseRegisters.Raised how) {
        return how == SparseRegisters.Raised.CHANGED;
    }

    private static long estimate(long registers) {
        int[] ofRank = Estimate.ranks();
        DenseRegisters.count(registers, ofRank);
        return Estimate.of(ofRank);
    }
}
