package io.carnelian.aof.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.carnelian.server.feed.Sink;
import io.carnelian.server.feed.StreamBlock;
import io.carnelian.server.feed.WriteStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class HandoverTest {
    private final WriteStream stream = new WriteStream(UnpooledByteBufAllocator.DEFAULT);
    private final Sink sink = this::accept;
    private int rings;
    private Handover handover = new Handover(() -> rings++);

    private void accept(StreamBlock block, int from, int to) {
        handover.bytes(block, from, to);
    }

    @AfterEach
    void close() {
        handover.close();
        stream.close();
    }

    private static void mustNotRest() {
        fail("something was left lying");
    }

    private void append(String bytes) {
        stream.appendRaw(bytes.getBytes(StandardCharsets.US_ASCII));
        stream.endTurn();
    }

    private void turn(String bytes) {
        append(bytes);
        handover.endOfTurn();
    }

    /** All that is there, bytes as such, jobs by their names. */
    private String taken() {
        StringBuilder all = new StringBuilder();
        for (Job job = handover.poll(); job != null; job = handover.poll()) {
            switch (job) {
                case Job.Bytes(ByteBuf bytes) -> {
                    all.append(bytes.toString(StandardCharsets.US_ASCII)).append('|');
                    bytes.release();
                }
                case Job.Aside(byte[] bytes) ->
                        all.append(new String(bytes, StandardCharsets.US_ASCII)).append('|');
                case Job.Place place -> all.append(place.offset()).append('|');
                case Job.Step step -> all.append(step.what()).append('|');
            }
        }
        return all.toString();
    }

    private static Job.Step step(String name) {
        return new Job.Step(name, () -> {});
    }

    @Test
    void turnsOfABlockAreOnePiece() {
        stream.addSink(sink);
        turn("ab");
        turn("cd");
        assertThat(taken()).isEqualTo("abcd|");
        turn("ef");
        assertThat(taken()).isEqualTo("ef|");
        assertThat(taken()).isEmpty();
    }

    @Test
    void jobsStandBetweenTheBytesWhereTheyWereAdded() {
        stream.addSink(sink);
        turn("ab");
        assertThat(taken()).isEqualTo("ab|");
        turn("cd");
        handover.add(step("one"));
        handover.add(step("two"));
        turn("ef");
        assertThat(taken()).isEqualTo("cd|one|two|ef|");
    }

    @Test
    void bytesThatStandElsewhereInTheBlockAreNotJoined() {
        stream.addSink(sink);
        turn("ab");
        stream.removeSink(sink);
        Sink other = (block, from, to) -> {};
        stream.addSink(other);
        turn("not");
        stream.addSink(sink);
        stream.removeSink(other);
        turn("cd");
        assertThat(taken()).isEqualTo("ab|cd|");
    }

    @Test
    void theBellRingsOnceWhenEnoughWaits() {
        stream.addSink(sink);
        handover.rest(
                3,
                () -> {
                    turn("ab");
                    assertThat(rings).isZero();
                    append("c");
                    assertThat(rings).isZero();
                    handover.endOfTurn();
                    assertThat(rings).isEqualTo(1);
                    turn("d");
                    assertThat(rings).isEqualTo(1);
                });
        assertThat(handover.waitingBytes()).isEqualTo(4);
        turn("e");
        assertThat(rings).isEqualTo(1);
    }

    @Test
    void whatComesBehindTheLastLookIsSeenBeforeTheRest() {
        stream.addSink(sink);
        handover.answer();
        assertThat(taken()).isEmpty();
        turn("a");
        assertThat(rings).isZero();
        handover.rest(1, HandoverTest::mustNotRest);
        assertThat(taken()).isEqualTo("a|");
    }

    @Test
    void aCallBehindTheLastLookIsHeardBeforeTheRest() {
        handover.answer();
        assertThat(taken()).isEmpty();
        handover.add(step("one"));
        handover.call();
        // Its wake-up went to another rest of the same thread: that of a sync, say.
        assertThat(rings).isEqualTo(1);
        handover.rest(Pace.MOST_WAITING_BYTES, HandoverTest::mustNotRest);
        handover.answer();
        assertThat(taken()).isEqualTo("one|");
        boolean[] rested = new boolean[1];
        handover.rest(1, () -> rested[0] = true);
        assertThat(rested[0]).isTrue();
    }

    @Test
    void whatNobodyTakesIsGivenBack() {
        StreamBlock[] seen = new StreamBlock[1];
        stream.addSink((block, from, to) -> seen[0] = block);
        stream.addSink(sink);
        turn("ab");
        ByteBuf probe = seen[0].slice(0, 1);
        int before = probe.unwrap().refCnt();
        handover.close();
        assertThat(probe.unwrap().refCnt()).isEqualTo(before - 1);
        probe.release();
    }

    /**
     * Two threads, turns of all sizes, now and then a call; the receiver rests without end when
     * there is nothing, so a wake-up that gets lost is never made good.
     */
    @Test
    @Timeout(60)
    void noWakeUpIsLost() throws InterruptedException {
        long seed = Long.getLong("seed", Long.getLong("build.seed", System.nanoTime()));
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        Random random = new Random(seed);
        AtomicLong takenBytes = new AtomicLong();
        AtomicLong takenSteps = new AtomicLong();
        Receiver receiver = new Receiver(takenBytes, takenSteps, seed);
        handover = new Handover(() -> LockSupport.unpark(receiver.thread));
        stream.addSink(sink);
        receiver.thread.start();
        long steps = 0;
        int rounds = 20_000;
        for (int i = 0; i < rounds; i++) {
            for (int n = random.nextInt(4); n > 0; n--) {
                append("x".repeat(1 + random.nextInt(300)));
            }
            if (random.nextInt(8) == 0) {
                handover.add(step("step"));
                handover.call();
                steps++;
            }
            handover.endOfTurn();
            if (random.nextInt(3) == 0 || i == rounds - 1) {
                while (takenBytes.get() < stream.appended() || takenSteps.get() < steps) {
                    assertThat(System.nanoTime()).as("-Dseed=%d", seed).isLessThan(deadline);
                    Thread.onSpinWait();
                }
            }
        }
        receiver.ended = true;
        handover.call();
        receiver.thread.join(TimeUnit.SECONDS.toMillis(30));
        assertThat(receiver.thread.isAlive()).as("-Dseed=%d", seed).isFalse();
        assertThat(takenBytes.get()).isEqualTo(stream.appended());
        assertThat(takenSteps.get()).isEqualTo(steps);
    }

    /** Takes all there is, then rests for the first byte; like the writer, but for the disk. */
    private final class Receiver {
        private final AtomicLong bytes;
        private final AtomicLong steps;
        private final Random random;
        private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::run);
        private volatile boolean ended;

        Receiver(AtomicLong bytes, AtomicLong steps, long seed) {
            this.bytes = bytes;
            this.steps = steps;
            this.random = new Random(seed + 1);
        }

        private void run() {
            while (!ended) {
                handover.answer();
                for (Job job = handover.poll(); job != null; job = handover.poll()) {
                    if (job instanceof Job.Bytes(ByteBuf part)) {
                        bytes.addAndGet(part.readableBytes());
                        part.release();
                    } else {
                        steps.incrementAndGet();
                    }
                }
                if (random.nextInt(4) == 0) {
                    // Takes a wake-up away, as waiting for a sync does.
                    LockSupport.parkNanos(1);
                }
                if (!ended) {
                    handover.rest(1, LockSupport::park);
                }
            }
        }
    }
}
