package io.carnelian.server.hyperloglog;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Both forms of registers against a plain array, with random ranks and with random bytes. */
class RegistersTest {
    private static final long SEED =
            Long.getLong("seed", Long.getLong("build.seed", System.nanoTime() & 0xffff_ffffL));
    private static final int ROUNDS = 40;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final SparseRegisters sparse = new SparseRegisters();
    private final ByteBuf memory = Unpooled.directBuffer(64 * 1024);
    private final byte[] model = new byte[Sketch.REGISTERS];

    @AfterEach
    void free() {
        memory.release();
    }

    private byte[] read() {
        byte[] ranks = new byte[Sketch.REGISTERS];
        assertThat(sparse.raiseTo(ranks)).as("-Dseed=%d", SEED).isTrue();
        return ranks;
    }

    private static int[] counted(byte[] ranks) {
        int[] ofRank = Estimate.ranks();
        for (byte rank : ranks) {
            ofRank[rank]++;
        }
        return ofRank;
    }

    @Test
    void sparseOnesAreWhatTheyWereRaisedTo() {
        for (int round = 0; round < ROUNDS; round++) {
            sparse.clear();
            Arrays.fill(model, (byte) 0);
            int near = random.nextInt(1, Sketch.REGISTERS);
            int ranks = random.nextInt(1, SparseRegisters.MAX_RANK + 1);
            for (int i = 0; i < 2000; i++) {
                int register = random.nextInt(near);
                int rank = random.nextInt(1, ranks + 1);
                SparseRegisters.Raised raised = sparse.raise(register, rank, Long.MAX_VALUE);
                assertThat(raised)
                        .as("-Dseed=%d", SEED)
                        .isEqualTo(
                                model[register] < rank
                                        ? SparseRegisters.Raised.CHANGED
                                        : SparseRegisters.Raised.UNCHANGED);
                model[register] = (byte) Math.max(model[register], rank);
            }
            assertThat(read()).as("-Dseed=%d", SEED).isEqualTo(model);
            int[] ofRank = Estimate.ranks();
            assertThat(sparse.count(ofRank)).isTrue();
            assertThat(ofRank).isEqualTo(counted(model));
        }
    }

    @Test
    void allRegistersCanBeRaisedOneByOne() {
        sparse.clear();
        for (int i = 0; i < Sketch.REGISTERS; i++) {
            model[i] = (byte) (i % 2 == 0 ? 1 : 2);
            assertThat(sparse.raise(i, model[i], Long.MAX_VALUE))
                    .isEqualTo(SparseRegisters.Raised.CHANGED);
        }
        assertThat(read()).isEqualTo(model);
        assertThat(sparse.length()).isEqualTo(Sketch.REGISTERS);
    }

    @Test
    void equalNeighboursBecomeOne() {
        sparse.clear();
        for (int i = 100; i < 104; i++) {
            assertThat(sparse.raise(i, 7, 3000)).isEqualTo(SparseRegisters.Raised.CHANGED);
        }
        assertThat(sparse.decoded()).isEqualTo("Z:100 v:7,4 Z:16280");
        assertThat(sparse.raise(102, 9, 3000)).isEqualTo(SparseRegisters.Raised.CHANGED);
        assertThat(sparse.decoded()).isEqualTo("Z:100 v:7,2 v:9,1 v:7,1 Z:16280");
    }

    @Test
    void whatIsTooBigChangesNothing() {
        sparse.clear();
        assertThat(sparse.raise(5, 33, 3000)).isEqualTo(SparseRegisters.Raised.TOO_BIG);
        assertThat(sparse.raise(500, 3, 4)).isEqualTo(SparseRegisters.Raised.TOO_BIG);
        assertThat(sparse.decoded()).isEqualTo("Z:16384");
        assertThat(sparse.raise(500, 3, 5)).isEqualTo(SparseRegisters.Raised.CHANGED);
    }

    @Test
    void randomBytesAreReadOrRefused() {
        int sound = 0;
        for (int round = 0; round < 20_000; round++) {
            memory.clear();
            if (round % 2 == 0) {
                byte[] bytes = new byte[random.nextInt(40)];
                random.nextBytes(bytes);
                memory.writeBytes(bytes);
            } else {
                sparse.clear();
                for (int i = 0; i < 20; i++) {
                    var _ = sparse.raise(random.nextInt(Sketch.REGISTERS), 4, Long.MAX_VALUE);
                }
                sparse.write(memory.memoryAddress());
                memory.writerIndex(sparse.length());
                memory.setByte(random.nextInt(sparse.length()), random.nextInt(256));
            }
            assertThat(sparse.read(memory.memoryAddress(), memory.readableBytes())).isTrue();
            boolean whole = sparse.count(Estimate.ranks());
            assertThat(sparse.raiseTo(new byte[Sketch.REGISTERS])).isEqualTo(whole);
            String before = sparse.decoded();
            int register = random.nextInt(Sketch.REGISTERS);
            SparseRegisters.Raised raised = sparse.raise(register, 3, Long.MAX_VALUE);
            assertThat(whole && raised == SparseRegisters.Raised.CORRUPT)
                    .as("-Dseed=%d: %s", SEED, before)
                    .isFalse();
            sound += whole ? 1 : 0;
        }
        assertThat(sound).isPositive();
    }

    @Test
    void denseOnesAreWhatWasWritten() {
        long at = memory.memoryAddress();
        memory.setZero(0, memory.capacity());
        for (int i = 0; i < Sketch.REGISTERS; i++) {
            model[i] = (byte) random.nextInt(64);
        }
        DenseRegisters.write(model, at);
        byte[] ranks = new byte[Sketch.REGISTERS];
        DenseRegisters.raise(at, ranks);
        assertThat(ranks).as("-Dseed=%d", SEED).isEqualTo(model);
        int[] ofRank = Estimate.ranks();
        DenseRegisters.count(at, ofRank);
        assertThat(ofRank).isEqualTo(counted(model));
        assertThat(memory.getByte(DenseRegisters.BYTES)).as("the byte behind").isZero();
        DenseRegisters.set(at, 77, 1);
        assertThat(DenseRegisters.get(at, 76)).isEqualTo(model[76]);
        assertThat(DenseRegisters.get(at, 77)).isEqualTo(1);
        assertThat(DenseRegisters.get(at, 78)).isEqualTo(model[78]);
    }

    @Test
    void estimatesAreNear() {
        for (int n : new int[] {0, 1, 10, 1_000, 100_000, 1_000_000}) {
            Arrays.fill(model, (byte) 0);
            for (int i = 0; i < n; i++) {
                long hash = random.nextLong();
                int register = ElementHash.register(hash);
                model[register] = (byte) Math.max(model[register], ElementHash.rank(hash));
            }
            long found = Estimate.of(counted(model));
            assertThat((double) found).as("-Dseed=%d", SEED).isBetween(n * 0.95 - 1, n * 1.05 + 1);
        }
    }
}
