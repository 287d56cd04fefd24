package io.carnelian.aof.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.aof.AofConfig;
import io.carnelian.aof.AofLog;
import io.carnelian.aof.disk.AofFolder;
import io.carnelian.aof.disk.MemoryDisk;
import io.carnelian.aof.log.AofNames;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.config.WorkingDir;
import io.carnelian.server.feed.WriteStream;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The test is the command thread; the writer's thread is a real one, its disk is not. */
class JournalTest {
    private static final Path FOLDER = Path.of("/d/appendonlydir");
    private static final AofNames NAMES = new AofNames("appendonly.aof");
    private static final Path FIRST = FOLDER.resolve("appendonly.aof.1.incr.aof");
    private static final Path SECOND = FOLDER.resolve("appendonly.aof.2.incr.aof");
    private static final String ID = "0123456789012345678901234567890123456789";
    private static final String SELECT = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n";
    private static final String PING = "*1\r\n$4\r\nPING\r\n";
    private static final long WAIT_SECONDS = 20;

    private final LinkedBlockingQueue<Runnable> messages = new LinkedBlockingQueue<>();
    private final MemoryDisk disk = new MemoryDisk();
    private final AofConfig config = new AofConfig(new WorkingDir());
    private final WriteStream stream = new WriteStream(UnpooledByteBufAllocator.DEFAULT);
    private final AofFolder folder = new AofFolder(disk, FOLDER, NAMES);
    private String id = "";
    private long storedUpTo = -1;
    private Journal journal;

    private final class Post implements Mailbox {
        @Override
        public void post(Runnable task) {
            messages.add(task);
        }

        @Override
        public void postAfter(Runnable task, long delayMs) {
            throw new AssertionError("nobody waits here");
        }
    }

    private final class Place implements Positions {
        @Override
        public String replid() {
            return id;
        }

        @Override
        public int streamDb() {
            return 0;
        }
    }

    @BeforeEach
    void begin() throws Exception {
        journal =
                new Journal(
                        stream,
                        new Place(),
                        config,
                        new AofLog(),
                        new Post(),
                        upTo -> storedUpTo = upTo,
                        () -> 1_700_000_000_123L);
        journal.retryAfter(TimeUnit.MILLISECONDS.toNanos(1));
        journal.use(folder);
    }

    @AfterEach
    void end() {
        journal.end();
        stream.close();
    }

    private void open(String policy) throws Exception {
        config.appendfsync.parse(List.of(policy), false);
        journal.applyPolicy();
        journal.begin(folder.begin(new byte[0], true), 0, true);
    }

    private void append(String... commands) {
        for (String command : commands) {
            byte[] bytes = command.getBytes(StandardCharsets.US_ASCII);
            var buffer = UnpooledByteBufAllocator.DEFAULT.directBuffer(bytes.length);
            buffer.writeBytes(bytes);
            stream.append(0, buffer.memoryAddress(), bytes.length);
            buffer.release();
        }
        stream.endTurn();
    }

    /** A turn that appends this. */
    private void turn(String... commands) {
        append(commands);
        journal.endOfTurn();
    }

    /** Runs the command thread's messages until something is so. */
    private void until(BooleanSupplier so) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!so.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            @Nullable Runnable message = messages.poll(1, TimeUnit.MILLISECONDS);
            if (message != null) {
                message.run();
            }
        }
    }

    private String content(Path file) {
        return new String(disk.content(file), StandardCharsets.US_ASCII);
    }

    @Test
    void aTurnIsWrittenAsItStandsInTheStream() throws Exception {
        open("no");
        turn(PING, PING);
        turn(PING);
        until(() -> content(FIRST).equals(SELECT + PING + PING + PING));
        assertThat(storedUpTo).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void alwaysLetsRepliesGoWhenTheTurnIsOnTheDisk() throws Exception {
        open("always");
        disk.failSyncs("Input/output error");
        turn(PING);
        long appended = stream.appended();
        until(() -> journal.refusal() != null);
        assertThat(storedUpTo).isLessThan(appended);
        assertThat(String.valueOf(journal.refusal()))
                .contains("MISCONF Errors writing to the AOF file: Input/output error");
        assertThat(journal.kept().releasedOffset()).isLessThan(stream.offset());
        disk.failSyncs(null);
        until(() -> storedUpTo == appended);
        assertThat(journal.refusal()).isNull();
        assertThat(journal.kept().releasedOffset()).isEqualTo(stream.offset());
        assertThat(content(FIRST)).isEqualTo(SELECT + PING);
        assertThat(new String(disk.afterPowerCut().content(FIRST), StandardCharsets.US_ASCII))
                .isEqualTo(SELECT + PING);
    }

    @Test
    void manyTurnsShareASyncWhileOneRuns() throws Exception {
        open("always");
        int before = disk.syncs();
        journal.delayWrites(20_000);
        for (int i = 0; i < 200; i++) {
            turn(PING);
        }
        until(() -> storedUpTo == stream.appended());
        assertThat(disk.syncs() - before).isLessThan(20);
        journal.delayWrites(0);
    }

    /** What the disk took of a group must not stay in the file when it had no room for the rest. */
    @Test
    void aFullDiskRefusesWritesUntilThereIsRoomAndLosesNothing() throws Exception {
        open("everysec");
        turn(PING);
        until(() -> content(FIRST).equals(SELECT + PING));
        disk.room(5);
        turn(PING);
        until(() -> journal.refusal() != null);
        assertThat(String.valueOf(journal.refusal())).contains("No space left on device");
        turn(PING);
        until(() -> content(FIRST).equals(SELECT + PING));
        disk.room(Long.MAX_VALUE);
        until(() -> content(FIRST).equals(SELECT + PING + PING + PING));
        until(() -> journal.refusal() == null);
        assertThat(journal.kept().writesWell()).isTrue();
    }

    /** The command thread is this test: it would stand still if it waited for the disk. */
    @ParameterizedTest
    @ValueSource(strings = {"always", "everysec", "no"})
    @Timeout(WAIT_SECONDS)
    void aStalledDiskStopsNobody(String policy) throws Exception {
        open(policy);
        turn(PING);
        until(() -> content(FIRST).equals(SELECT + PING));
        disk.stall(true);
        int turns = 1000;
        for (int i = 0; i < turns; i++) {
            turn(PING);
        }
        if (policy.equals("always")) {
            assertThat(storedUpTo).isLessThan(stream.appended());
        }
        assertThat(content(FIRST)).isEqualTo(SELECT + PING);
        disk.stall(false);
        until(() -> content(FIRST).equals(SELECT + PING.repeat(turns + 1)));
        until(() -> storedUpTo >= stream.appended());
        assertThat(journal.refusal()).isNull();
    }

    @Test
    void aCutSendsWhatComesNextToAnotherFileThatBeginsWithSelect() throws Exception {
        open("no");
        turn(PING);
        boolean[] done = new boolean[1];
        journal.cut(problem -> done[0] = problem == null);
        turn(PING);
        until(() -> done[0] && content(SECOND).equals(SELECT + PING));
        assertThat(content(FIRST)).isEqualTo(SELECT + PING);
    }

    /** The file before it may be deleted soon, and with it the line that says when that was. */
    @Test
    void eachFileBeginsWithItsTimeAlsoWithinTheSameSecond() throws Exception {
        config.timestamps.on = true;
        open("everysec");
        turn(PING);
        journal.cut(problem -> assertThat(problem).isNull());
        turn(PING);
        until(() -> content(SECOND).equals("#TS:1700000000\r\n" + SELECT + PING));
        assertThat(content(FIRST)).isEqualTo("#TS:1700000000\r\n" + SELECT + PING);
    }

    @Test
    void aCutThatFailsLeavesTheStreamWhereItWas() throws Exception {
        open("no");
        turn(PING);
        until(() -> content(FIRST).equals(SELECT + PING));
        disk.failSyncs("Input/output error");
        String[] told = new String[1];
        journal.cut(problem -> told[0] = problem == null ? "" : problem.getMessage());
        turn(PING);
        until(() -> told[0] != null && content(FIRST).endsWith(SELECT + PING));
        assertThat(told[0]).isEqualTo("Input/output error");
        disk.failSyncs(null);
        // A base of that cut would hold what the file holds too.
        Path base = FOLDER.resolve("temp-base");
        disk.write(base, new byte[3]);
        String before = folder.manifest().toString();
        journal.commit(base, true, problem -> told[0] = String.valueOf(problem));
        until(() -> told[0].contains("the stream was not cut"));
        assertThat(folder.manifest().toString()).isEqualTo(before);
    }

    @Test
    void aFailedSyncBesideTheWriterRefusesWritesAndAsksForARewrite() throws Exception {
        open("everysec");
        disk.failSyncs("Input/output error");
        turn(PING);
        until(() -> journal.refusal() != null);
        assertThat(journal.takeDoubt()).isFalse();
        disk.failSyncs(null);
        until(() -> journal.refusal() == null);
        assertThat(journal.takeDoubt()).isTrue();
        assertThat(journal.takeDoubt()).isFalse();
    }

    @Test
    void positionsStandWhereTheyDoNotFollowFromWhatPrecedes() throws Exception {
        id = ID;
        config.appendfsync.parse(List.of("no"), false);
        journal.begin(folder.begin(new byte[0], true), 0, false);
        turn(PING);
        String first = "#CN:" + ID + " 0 1700000000123 00000000\r\n";
        String expected = first + SELECT + PING;
        until(() -> content(FIRST).equals(expected));
        id = ID.replace('0', 'f');
        journal.endOfTurn();
        until(() -> content(FIRST).length() > expected.length());
        assertThat(content(FIRST))
                .matches(
                        java.util.regex.Pattern.quote(expected)
                                + "#CN:"
                                + id
                                + " "
                                + (SELECT + PING).length()
                                + " 1700000000123 [0-9a-f]{8}\r\n");
    }

    /** A crash may leave any part of a turn, also of that of a promotion. */
    @Test
    void anotherNameStandsBeforeWhatIsToldUnderIt() throws Exception {
        id = ID;
        open("no");
        append(PING);
        id = ID.replace('0', 'f');
        turn(PING, PING);
        String place = "#CN:" + id + " " + (SELECT + PING).length() + " 1700000000123 ";
        until(() -> content(FIRST).endsWith(PING + PING));
        assertThat(content(FIRST))
                .startsWith(SELECT + PING + place)
                .hasSize((SELECT + PING + place).length() + 10 + 2 * PING.length());
    }

    /** The old files must not get the position of data that they do not hold. */
    @Test
    void otherDataAtAnotherPlaceLeavesTheOldFilesAlone() throws Exception {
        id = ID;
        open("no");
        turn(PING);
        id = ID.replace('0', 'f');
        stream.continueAt(1000);
        journal.awaitFirst();
        boolean[] done = new boolean[1];
        journal.cut(problem -> done[0] = problem == null);
        turn(PING);
        Path aside = FOLDER.resolve(NAMES.temporaryIncr());
        until(() -> done[0] && content(aside).equals(SELECT + PING));
        assertThat(content(FIRST)).startsWith(SELECT + PING).doesNotContain(id);
        assertThat(journal.state()).isEqualTo(Journal.State.FIRST);
    }

    /** Who ends the server should not wait a minute for that. */
    @Test
    @Timeout(WAIT_SECONDS)
    void closingOnADiskThatIsFullByThenSaysSoSoon() throws Exception {
        open("everysec");
        journal.delayWrites(200_000);
        disk.failWrites("No space left on device");
        turn(PING);
        assertThat(journal.close()).isEqualTo("No space left on device");
        journal.delayWrites(0);
    }

    @Test
    void closingIsDoneWhenEverythingIsOnTheDisk() throws Exception {
        open("no");
        turn(PING);
        assertThat(journal.close()).isNull();
        assertThat(new String(disk.afterPowerCut().content(FIRST), StandardCharsets.US_ASCII))
                .isEqualTo(SELECT + PING);
    }

    /** The base of the old data may be about to be committed just when other data are there. */
    @Test
    void otherDataDoNotFollowTheFirstBaseOfTheOld() throws Exception {
        id = ID;
        journal.awaitFirst();
        boolean[] done = new boolean[2];
        journal.cut(problem -> done[0] = problem == null);
        turn(PING);
        until(() -> done[0]);
        Path base = FOLDER.resolve("temp-base");
        disk.write(base, new byte[3]);
        journal.commit(base, true, problem -> done[1] = problem == null);
        id = ID.replace('0', 'f');
        stream.continueAt(1000);
        journal.awaitFirst();
        turn(PING);
        until(() -> done[1]);
        boolean[] stopped = new boolean[1];
        journal.settle(problem -> stopped[0] = true);
        until(() -> stopped[0]);
        assertThat(content(FIRST)).isEqualTo(SELECT + PING);
    }

    /** Else the cut could be durable and the tail not: then no start would take the files. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
    void noManifestNamesTheNextFileBeforeTheLastIsWhole(int steps) throws Exception {
        open("no");
        turn(PING);
        until(() -> content(FIRST).equals(SELECT + PING));
        disk.cutPowerAfter(steps);
        boolean[] told = new boolean[1];
        journal.cut(problem -> told[0] = true);
        until(() -> told[0]);
        MemoryDisk back = disk.afterPowerCut();
        AofFolder found = new AofFolder(back, FOLDER, NAMES);
        found.read();
        if (found.manifest().incrs().size() > 1) {
            assertThat(new String(back.content(FIRST), StandardCharsets.US_ASCII))
                    .isEqualTo(SELECT + PING);
        }
        disk.cutPowerAfter(Integer.MAX_VALUE);
    }

    /** A sync that failed leaves its mark, whoever did it and whatever the policy is by then. */
    @ParameterizedTest
    @ValueSource(strings = {"always", "no"})
    void aFailedSyncIsTriedAgainWithEveryPolicy(String policy) throws Exception {
        open("everysec");
        turn(PING);
        until(() -> content(FIRST).equals(SELECT + PING));
        disk.failSyncs("Input/output error");
        journal.syncNow();
        until(() -> journal.refusal() != null);
        config.appendfsync.parse(List.of(policy), false);
        journal.applyPolicy();
        disk.failSyncs(null);
        until(() -> journal.refusal() == null);
        assertThat(journal.takeDoubt()).isTrue();
        until(() -> journal.kept().storedOffset() == stream.offset());
    }

    @Test
    void whatWasWrittenWhileSyncsRestedIsSyncedAfterwards() throws Exception {
        open("always");
        config.noFsyncOnRewrite.on = true;
        journal.everyTick(true);
        turn(PING);
        until(() -> content(FIRST).equals(SELECT + PING));
        journal.everyTick(false);
        until(() -> journal.kept().storedOffset() == stream.offset());
        assertThat(new String(disk.afterPowerCut().content(FIRST), StandardCharsets.US_ASCII))
                .isEqualTo(SELECT + PING);
    }

    /** Else writes would be refused for an AOF that nobody wants any more. */
    @Test
    void anEndOnADiskThatFillsUpJustThenIsAnEnd() throws Exception {
        open("everysec");
        journal.delayWrites(100_000);
        disk.failWrites("No space left on device");
        turn(PING);
        journal.stop();
        boolean[] closed = new boolean[1];
        journal.settle(problem -> closed[0] = true);
        until(() -> disk.failedWrites() > 0 && closed[0]);
        until(() -> journal.refusal() == null);
        journal.delayWrites(0);
    }

    /** appendonly no, then yes in the same turn: only the old file was given up. */
    @Test
    void whatComesAfterAnEndOnAFullDiskIsKeptAgain() throws Exception {
        open("everysec");
        turn(PING);
        until(() -> content(FIRST).equals(SELECT + PING));
        disk.failWrites("No space left on device");
        turn(PING);
        until(() -> journal.refusal() != null);
        journal.stop();
        journal.awaitFirst();
        boolean[] done = new boolean[1];
        journal.cut(problem -> done[0] = problem == null);
        int failed = disk.failedWrites();
        turn(PING);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        // The closing and the cut are done without a write; then this turn is tried.
        while (disk.failedWrites() < failed + 3) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            Thread.onSpinWait();
        }
        disk.failWrites(null);
        Path aside = FOLDER.resolve(NAMES.temporaryIncr());
        until(() -> done[0] && content(aside).equals(SELECT + PING));
        until(() -> journal.refusal() == null);
    }

    /** The command thread has to hear of it, and ends the server. */
    @Test
    void aWriterThatFailsAsNoDiskDoesIsNotMissedInSilence() throws Exception {
        open("everysec");
        disk.surprise(new IllegalStateException("odd"));
        turn(PING);
        assertThatThrownBy(() -> until(() -> false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the writer of the AOF has failed")
                .hasRootCauseMessage("odd");
    }

    @Test
    void aReplicasFileSaysThatItsFirstSelectIsNotOfTheStream() throws Exception {
        id = ID;
        config.appendfsync.parse(List.of("no"), false);
        stream.continueAt(1000);
        stream.relaying(true);
        journal.begin(folder.begin(new byte[0], true), 0, true);
        until(() -> content(FIRST).endsWith("\r\n") && content(FIRST).contains("#CN:"));
        assertThat(content(FIRST)).startsWith("#CA:\r\n" + SELECT + "#CN:" + ID + " 1000 ");
    }
}
