package io.carnelian.replication.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockRingTest {
    /** A block: where it begins, and whether the ring still has it. */
    private static final class Block {
        final long start;
        boolean left;

        Block(long start) {
            this.start = start;
        }
    }

    @Test
    void keepsTheLastBytesInWholeBlocks() {
        List<Block> left = new ArrayList<>();
        BlockRing<Block> ring = new BlockRing<>(100, 1000, left::add);
        for (int i = 0; i < 10; i++) {
            ring.add(new Block(1000 + 30L * i), 20);
            ring.grow(10);
        }
        assertThat(ring.firstPosition()).isEqualTo(1180);
        assertThat(ring.bytes()).isEqualTo(120);
        assertThat(left).hasSize(6);
        ring.setLimitBytes(30);
        assertThat(ring.bytes()).isEqualTo(30);
        ring.clear();
        assertThat(left).hasSize(10);
        assertThat(ring.firstPosition()).isEqualTo(1300);
    }

    @Test
    void aReaderOfAnEmptyRingGetsTheFirstBlock() {
        BlockRing<Block> ring = new BlockRing<>(1, 0, block -> block.left = true);
        StreamCursor<Block> cursor = new StreamCursor<>(ring, 0);
        assertThat(cursor.next(10)).isFalse();
        Block first = new Block(0);
        ring.add(first, 5);
        ring.add(new Block(5), 5);
        ring.add(new Block(10), 5);
        assertThat(first.left).isFalse();
        assertThat(cursor.behindBytes()).isEqualTo(15);
        assertThat(cursor.next(10)).isTrue();
        assertThat(cursor.block()).isSameAs(first);
        assertThat(cursor.next(10)).isTrue();
        assertThat(first.left).isTrue();
        cursor.close();
        cursor.close();
        assertThat(ring.bytes()).isEqualTo(5);
    }

    @Test
    void positionsThatAreNotKeptAreRefused() {
        BlockRing<Block> ring = new BlockRing<>(1, 50, block -> {});
        assertThatThrownBy(() -> ring.pinAt(49)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ring.pinAt(51)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ring.grow(1)).isInstanceOf(IllegalStateException.class);
        new StreamCursor<>(ring, 50);
        ring.add(new Block(50), 1);
        assertThatThrownBy(ring::clear).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void everyReaderReadsTheWholeStreamFromItsPositionOn() {
        long seed = Long.getLong("seed", -1);
        for (int s = 0; s < (seed >= 0 ? 1 : 300); s++) {
            run(seed >= 0 ? seed : s);
        }
    }

    private static void run(long seed) {
        Random random = new Random(seed);
        long start = random.nextInt(1000);
        List<Block> left = new ArrayList<>();
        BlockRing<Block> ring =
                new BlockRing<>(
                        1 + random.nextInt(200),
                        start,
                        block -> {
                            block.left = true;
                            left.add(block);
                        });
        List<StreamCursor<Block>> cursors = new ArrayList<>();
        List<Long> read = new ArrayList<>();
        int blocks = 0;
        for (int step = 0; step < 1500; step++) {
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    ring.add(new Block(ring.endPosition()), 1 + random.nextInt(40));
                    blocks++;
                }
                case 2 -> {
                    if (!ring.isEmpty()) {
                        ring.grow(1 + random.nextInt(20));
                    }
                }
                case 3 -> {
                    if (cursors.size() < 5) {
                        long at = ring.firstPosition() + random.nextInt((int) ring.bytes() + 1);
                        cursors.add(new StreamCursor<>(ring, at));
                        read.add(at);
                    }
                }
                case 4 -> {
                    if (!cursors.isEmpty() && random.nextInt(4) == 0) {
                        int i = random.nextInt(cursors.size());
                        cursors.remove(i).close();
                        read.remove(i);
                    }
                }
                case 5 -> {
                    if (random.nextInt(10) == 0) {
                        ring.setLimitBytes(1 + random.nextInt(200));
                    }
                }
                default -> {
                    for (int i = 0; i < cursors.size(); i++) {
                        if (random.nextBoolean()) {
                            read.set(
                                    i, readOn(cursors.get(i), read.get(i), 1 + random.nextInt(60)));
                        }
                    }
                }
            }
            check(ring, cursors, seed, step);
        }
        cursors.forEach(StreamCursor::close);
        ring.clear();
        assertThat(left).as("seed %d", seed).hasSize(blocks);
        assertThat(left).isSortedAccordingTo((a, b) -> Long.compare(a.start, b.start));
    }

    /** One step of a reader; returns its new position, which must follow on the old one. */
    private static long readOn(StreamCursor<Block> cursor, long at, int maxBytes) {
        boolean more = cursor.behindBytes() > 0;
        assertThat(cursor.next(maxBytes)).isEqualTo(more);
        if (!more) {
            return at;
        }
        assertThat(cursor.block().left).isFalse();
        assertThat(cursor.from()).isEqualTo(at).isGreaterThanOrEqualTo(cursor.block().start);
        assertThat(cursor.to() - at).isBetween(1L, (long) maxBytes);
        return cursor.to();
    }

    private static void check(
            BlockRing<Block> ring, List<StreamCursor<Block>> cursors, long seed, int step) {
        String where = "seed " + seed + " step " + step + " " + ring;
        for (StreamCursor<Block> cursor : cursors) {
            assertThat(cursor.position()).as(where).isGreaterThanOrEqualTo(ring.firstPosition());
            assertThat(cursor.position()).as(where).isLessThanOrEqualTo(ring.endPosition());
        }
        long first = ring.firstNumber();
        if (cursors.isEmpty() && !ring.isEmpty() && !ring.isLast(first)) {
            assertThat(ring.endPosition() - ring.end(first))
                    .as(where)
                    .isLessThan(ring.limitBytes());
        }
    }
}
