package io.carnelian.aof.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.aof.log.AofFile;
import io.carnelian.aof.log.AofNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The data of these files is a row of letters: a base holds those up to its cut, an increment those
 * behind. So what a start would load is read off the files, one after the other.
 */
class AofFolderTest {
    private static final Path FOLDER = Path.of("/d/appendonlydir");
    private static final AofNames NAMES = new AofNames("appendonly.aof");

    private static void append(LogFile file, String letters) throws IOException {
        byte[] bytes = letters.getBytes(StandardCharsets.US_ASCII);
        file.write(new ByteBuffer[] {ByteBuffer.wrap(bytes)});
        file.sync();
    }

    private static Path base(Disk disk, String letters) throws IOException {
        Path file = FOLDER.resolve("temp-base");
        disk.write(file, letters.getBytes(StandardCharsets.US_ASCII));
        return file;
    }

    private static String loaded(Disk disk) throws Exception {
        AofFolder folder = new AofFolder(disk, FOLDER, NAMES);
        folder.read();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (AofFile file : folder.manifest().toLoad()) {
            all.writeBytes(disk.read(folder.file(file)));
        }
        return all.toString(StandardCharsets.US_ASCII);
    }

    /** What was acknowledged so far, while the power is there. */
    private static final class Life {
        String acknowledged = "";

        private void write(LogFile file, String letters) throws IOException {
            append(file, letters);
            acknowledged += letters;
        }

        void run(Disk disk) throws Exception {
            AofFolder folder = new AofFolder(disk, FOLDER, NAMES);
            folder.read();
            folder.upgrade(Path.of("/d/appendonly.aof"));
            LogFile file = folder.begin(new byte[0], true);
            write(file, "ab");
            file = folder.rotate(2);
            write(file, "c");
            folder.rewritten(base(disk, "ab"), true, true);
            folder.deleteHistory(new ArrayList<>());
            write(file, "d");
            // This rewrite fails: its increment stays behind the others.
            file = folder.rotate(2);
            write(file, "e");
            file = folder.rotate(1);
            write(file, "f");
            folder.rewritten(base(disk, "abcde"), true, true);
            write(file, "g");
            // appendonly no, then yes: what is acknowledged meanwhile is not kept before the end.
            LogFile aside = folder.rotateAside();
            append(aside, "i");
            folder.rewrittenFirst(base(disk, "abcdefgh"), true);
            acknowledged += "hi";
            write(aside, "j");
            folder.deleteHistory(new ArrayList<>());
        }
    }

    @Test
    void atAnyMomentOfAPowerCutEverythingAcknowledgedIsLoaded() throws Exception {
        int steps = 0;
        boolean cut = true;
        while (cut) {
            MemoryDisk disk = new MemoryDisk();
            disk.cutPowerAfter(steps);
            Life life = new Life();
            @Nullable IOException end = null;
            try {
                life.run(disk);
            } catch (MemoryDisk.PowerCut e) {
                end = e;
            }
            cut = end != null;
            String found = loaded(disk.afterPowerCut());
            assertThat(found).as("after %d steps", steps).startsWith(life.acknowledged);
            assertThat("abcdefghij").as("after %d steps", steps).startsWith(found);
            steps++;
        }
        assertThat(steps).isGreaterThan(50);
    }

    @Test
    void anOldSingleFileBecomesTheBaseAtAnyMomentOfAPowerCut() throws Exception {
        boolean moved = false;
        for (int steps = 0; !moved; steps++) {
            MemoryDisk disk = new MemoryDisk();
            disk.write(Path.of("/d/appendonly.aof"), "abc".getBytes(StandardCharsets.US_ASCII));
            disk.syncFolder(Path.of("/d"));
            disk.cutPowerAfter(steps);
            try {
                AofFolder folder = new AofFolder(disk, FOLDER, NAMES);
                folder.read();
                moved = folder.upgrade(Path.of("/d/appendonly.aof"));
            } catch (MemoryDisk.PowerCut e) {
                moved = false;
            }
            MemoryDisk back = disk.afterPowerCut();
            AofFolder folder = new AofFolder(back, FOLDER, NAMES);
            folder.read();
            folder.upgrade(Path.of("/d/appendonly.aof"));
            assertThat(loaded(back)).as("after %d steps", steps).isEqualTo("abc");
        }
        assertThat(moved).isTrue();
    }

    @Test
    void aRotationThatFailsLeavesTheFilesAsTheyWere() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        AofFolder folder = new AofFolder(disk, FOLDER, NAMES);
        append(folder.begin(new byte[0], false), "a");
        String before = folder.manifest().toString();
        disk.failSyncs("Input/output error");
        assertThat(failure(() -> folder.rotate(1))).isEqualTo("Input/output error");
        disk.failSyncs(null);
        assertThat(folder.manifest().toString()).isEqualTo(before);
        assertThat(loaded(disk)).isEqualTo("a");
        assertThat(disk.list(FOLDER)).doesNotContain("appendonly.aof.2.incr.aof");
    }

    /** A start may find the new manifest, so what it names has to be there. */
    @Test
    void aManifestWhoseNameMayNotLastKeepsItsFiles() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        AofFolder folder = new AofFolder(disk, FOLDER, NAMES);
        LogFile file = folder.begin(new byte[0], true);
        append(file, "a");
        disk.failFolderSyncs("Input/output error");
        assertThat(failure(() -> folder.rotate(1))).isEqualTo("Input/output error");
        append(file, "b");
        assertThat(loaded(disk)).isEqualTo("ab");
        assertThat(loaded(disk.afterPowerCut())).isEqualTo("ab");
        LogFile aside = folder.rotateAside();
        append(aside, "d");
        Path first = base(disk, "abc");
        assertThat(failure(() -> folder.rewrittenFirst(first, true)))
                .isEqualTo("Input/output error");
        assertThat(loaded(disk)).isEqualTo("abcd");
        // The next try must not touch what that manifest names before it has one of its own.
        aside = folder.rotateAside();
        append(aside, "f");
        disk.failFolderSyncs(null);
        Path second = base(disk, "abcde");
        disk.failWrites("No space left on device");
        assertThat(failure(() -> folder.rewrittenFirst(second, true)))
                .isEqualTo("No space left on device");
        disk.failWrites(null);
        assertThat(loaded(disk)).isEqualTo("abcd");
        assertThat(disk.list(FOLDER)).contains(NAMES.temporaryIncr());
    }

    /** It may be as large as the data, on a disk that is full. */
    @Test
    void aBaseThatNoManifestNamesDoesNotStayBehind() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        AofFolder folder = new AofFolder(disk, FOLDER, NAMES);
        append(folder.begin(new byte[0], true), "a");
        append(folder.rotate(1), "b");
        Path made = base(disk, "a");
        List<String> before = disk.list(FOLDER);
        disk.failWrites("No space left on device");
        assertThat(failure(() -> folder.rewritten(made, true, true)))
                .isEqualTo("No space left on device");
        disk.failWrites(null);
        assertThat(loaded(disk)).isEqualTo("ab");
        assertThat(disk.list(FOLDER))
                .isSubsetOf(with(before, NAMES.temporaryManifest()))
                .doesNotContain("temp-base");
    }

    private static List<String> with(List<String> names, String more) {
        List<String> all = new ArrayList<>(names);
        all.add(more);
        return all;
    }

    @Test
    void killedWhileHistoryGoesNoFileIsLeftThatNobodyKnows() throws Exception {
        boolean cut = true;
        for (int steps = 0; cut; steps++) {
            MemoryDisk disk = new MemoryDisk();
            AofFolder folder = new AofFolder(disk, FOLDER, NAMES);
            append(folder.begin(new byte[0], true), "a");
            append(folder.rotate(1), "b");
            folder.rewritten(base(disk, "a"), true, true);
            disk.cutPowerAfter(steps);
            try {
                folder.deleteHistory(new ArrayList<>());
                cut = false;
            } catch (MemoryDisk.PowerCut e) {
                cut = true;
            }
            disk.cutPowerAfter(Integer.MAX_VALUE);
            AofFolder again = new AofFolder(disk, FOLDER, NAMES);
            again.read();
            again.sweep();
            List<String> known = new ArrayList<>(List.of(NAMES.manifest()));
            again.manifest().toLoad().forEach(file -> known.add(file.name()));
            again.manifest().history().forEach(file -> known.add(file.name()));
            assertThat(disk.list(FOLDER)).as("after %d steps", steps).isSubsetOf(known);
            assertThat(loaded(disk)).isEqualTo("ab");
        }
    }

    /** A base alone, as BGREWRITEAOF makes it without an AOF: increments count from 1 again. */
    @Test
    void aFileThatIsWrittenDoesNotGoWithAnOldOneOfItsName() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        String text =
                """
                file appendonly.aof.2.base.rdb seq 2 type b
                file appendonly.aof.1.incr.aof seq 1 type h
                """;
        disk.write(FOLDER.resolve(NAMES.manifest()), text.getBytes(StandardCharsets.US_ASCII));
        disk.write(FOLDER.resolve("appendonly.aof.2.base.rdb"), new byte[] {'a'});
        disk.write(FOLDER.resolve("appendonly.aof.1.incr.aof"), new byte[] {'x'});
        AofFolder folder = new AofFolder(disk, FOLDER, NAMES);
        folder.read();
        append(folder.resume(), "b");
        folder.deleteHistory(new ArrayList<>());
        assertThat(loaded(disk)).isEqualTo("ab");
    }

    private interface Work {
        void run() throws IOException;
    }

    private static String failure(Work work) {
        try {
            work.run();
            return "none";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Test
    void sizesCountWhatWouldBeLoaded() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        AofFolder folder = new AofFolder(disk, FOLDER, NAMES);
        append(folder.begin(new byte[10], true), "abc");
        assertThat(folder.settledBytes()).isEqualTo(10);
        append(folder.rotate(3), "de");
        assertThat(folder.settledBytes()).isEqualTo(13);
        folder.rewritten(base(disk, "abcd"), true, true);
        assertThat(folder.settledBytes()).isEqualTo(4);
        assertThat(folder.sizeOnDisk()).isEqualTo(6);
        AofFolder again = new AofFolder(disk, FOLDER, NAMES);
        again.read();
        assertThat(again.resume().size()).isEqualTo(2);
        assertThat(again.settledBytes()).isEqualTo(4);
    }

    @Test
    void whatAKilledProcessLeftIsSweptAway() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        AofFolder folder = new AofFolder(disk, FOLDER, NAMES);
        append(folder.begin(new byte[0], true), "a");
        disk.write(folder.temporaryBase(17, 1), new byte[3]);
        disk.write(FOLDER.resolve(NAMES.temporaryManifest()), new byte[3]);
        append(folder.rotateAside(), "b");
        folder.sweep();
        assertThat(disk.list(FOLDER))
                .containsExactlyInAnyOrder(
                        "appendonly.aof.1.base.rdb",
                        "appendonly.aof.1.incr.aof",
                        "appendonly.aof.manifest");
    }

    @Test
    void filesWithoutAManifestGetOtherNamesEachTime() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        AofFolder folder = new AofFolder(disk, FOLDER, NAMES);
        String[] names = {
            "appendonly.aof.1.base.rdb",
            "appendonly.aof.12.incr.aof",
            "appendonly.aof.12.incr.aof.without-manifest",
            "appendonly.aof.12.incr.rdb",
            "appendonly.aof",
            "other.aof.1.base.rdb"
        };
        for (String name : names) {
            disk.write(FOLDER.resolve(name), name.getBytes(StandardCharsets.US_ASCII));
        }
        disk.write(FOLDER.resolve("appendonly.aof.2.base.aof"), new byte[0]);
        assertThat(folder.setUnnamedAside())
                .containsExactlyInAnyOrder(
                        "appendonly.aof.1.base.rdb.without-manifest",
                        "appendonly.aof.12.incr.aof.without-manifest-2");
        assertThat(folder.setUnnamedAside()).isEmpty();
        append(folder.begin(new byte[0], true), "a");
        append(folder.rotate(1), "b");
        assertThat(folder.setUnnamedAside()).as("named").isEmpty();
        assertThat(disk.content(FOLDER.resolve("appendonly.aof.1.base.rdb.without-manifest")))
                .asString()
                .isEqualTo("appendonly.aof.1.base.rdb");
    }
}
