package io.carnelian.aof.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.aof.AofLog;
import io.carnelian.aof.disk.AofFolder;
import io.carnelian.aof.disk.FileDisk;
import io.carnelian.aof.disk.LogFile;
import io.carnelian.aof.log.AofNames;
import io.carnelian.rdb.load.ValueLimits;
import io.carnelian.server.hash.HashLimits;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.zset.SortedSetLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the stream stood, in a file that ends anywhere. */
class FileLoadTest {
    private static final AofNames NAMES = new AofNames("appendonly.aof");
    private static final String ID = "0123456789abcdef0123456789abcdef01234567";
    private static final String SELECT = "*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n";
    private static final String PING = "*1\r\n$4\r\nPING\r\n";
    private static final String INCR = "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n";
    private static final String MULTI = "*1\r\n$5\r\nMULTI\r\n";
    private static final String EXEC = "*1\r\n$4\r\nEXEC\r\n";
    private static final long BEGIN = 100;
    private static final long NOW_MS = 1_700_000_000_000L;

    @TempDir Path folder;

    private final Pages pages = new Pages();

    /** Counts what would be run. */
    private static final class Counter implements FileLoad.Target {
        int commands;

        @Override
        public void adopt(Keyspace base) {}

        @Override
        public void fileBegins() {}

        @Override
        public void run(Chunk chunk) {
            commands += chunk.commands();
            chunk.bytes.release();
        }

        @Override
        public void reached(long bytes) {}
    }

    private static String place(long offset) {
        return "#CN:" + ID + " " + offset + " 5 -\r\n";
    }

    private LoadedPlace load(String text, Counter counter) throws Exception {
        FileLoad load = loading(folder.resolve("n" + text.length()), text, counter);
        return load.load(new Keyspace(new Slabs(pages), 2)).end(0);
    }

    private static FileLoad loading(Path there, String text, Counter counter) throws Exception {
        Files.createDirectory(there);
        Files.writeString(
                there.resolve(NAMES.manifest()), "file " + NAMES.incr(1) + " seq 1 type i\n");
        Files.writeString(there.resolve(NAMES.incr(1)), text, StandardCharsets.US_ASCII);
        AofFolder files = new AofFolder(new FileDisk(), there, NAMES);
        files.read();
        ValueLimits limits =
                new ValueLimits(
                        new HashLimits(() -> 128, () -> 64),
                        () -> 512,
                        () -> -2,
                        new SortedSetLimits(() -> 128, () -> 64));
        LoadWay way = new LoadWay(limits, NOW_MS, false, true, 1 << 20, () -> 0);
        return new FileLoad(files, way, counter, new AofLog(), UnpooledByteBufAllocator.DEFAULT);
    }

    private static String text(LoadedPlace place) {
        StringBuilder text = new StringBuilder();
        for (ByteBuf part : place.tail()) {
            text.append(part.toString(StandardCharsets.US_ASCII));
        }
        place.release();
        return text.toString();
    }

    /**
     * As a replica writes it that goes on after a restart. A place that is wrong by a byte would
     * let it go on with its primary at the wrong byte.
     */
    @Test
    void whereverTheFileIsCutOffThePlaceIsThatOfTheCommandsBeforeIt() throws Exception {
        String[] records = {
            place(BEGIN),
            PING,
            "#CA:\r\n",
            SELECT,
            place(BEGIN + PING.length()),
            INCR,
            MULTI,
            INCR,
            EXEC,
            PING
        };
        String all = String.join("", records);
        for (int cut = records[0].length(); cut <= all.length(); cut++) {
            LoadedPlace found = load(all.substring(0, cut), new Counter());
            String expected = stream(records, cut);
            assertThat(found.replid()).as("cut at %d", cut).isEqualTo(ID);
            assertThat(found.offset()).as("cut at %d", cut).isEqualTo(BEGIN + expected.length());
            assertThat(text(found)).as("cut at %d", cut).isEqualTo(expected);
        }
    }

    /** What of the first so many bytes is of the stream, whole, and in no transaction cut off. */
    private static String stream(String[] records, int cut) {
        String whole = "";
        String open = "";
        int at = 0;
        for (String one : records) {
            at += one.length();
            if (at > cut) {
                break;
            }
            if (one.startsWith("#") || one.equals(SELECT)) {
                continue;
            }
            open += one;
            boolean inside = open.startsWith(MULTI) && !one.equals(EXEC);
            if (!inside) {
                whole += open;
                open = "";
            }
        }
        return whole;
    }

    @Test
    void aCommandApartIsRunAllTheSame() throws Exception {
        Counter counter = new Counter();
        LoadedPlace found = load(place(BEGIN) + "#CA:\r\n" + SELECT + INCR, counter);
        assertThat(counter.commands).isEqualTo(2);
        assertThat(text(found)).isEqualTo(INCR);
    }

    /** As a power cut leaves a file that was made longer before its bytes were on the disk. */
    @Test
    void zerosAtTheEndAreCutOffAndKeptAside() throws Exception {
        Counter counter = new Counter();
        String zeros = "\0".repeat(5000);
        String tail = INCR.substring(0, 9) + zeros;
        LoadedPlace found = load(place(BEGIN) + PING + tail, counter);
        assertThat(counter.commands).isEqualTo(1);
        assertThat(found.offset()).isEqualTo(BEGIN + PING.length());
        found.release();
        Path there = folder.resolve("n" + (place(BEGIN) + PING + tail).length());
        assertThat(Files.readString(there.resolve(NAMES.incr(1)))).isEqualTo(place(BEGIN) + PING);
        assertThat(Files.readString(kept(there))).isEqualTo(tail);
    }

    private static Path kept(Path there) {
        return there.resolve(NAMES.incr(1) + ".cut-" + NOW_MS);
    }

    private static void write(LogFile file, String text) throws IOException {
        file.write(new ByteBuffer[] {ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII))});
    }

    /** Here a folder is in the way of the file that keeps it: as a disk without room. */
    @Test
    void aTailThatFindsNoRoomStaysUntilThereIsSome() throws Exception {
        Path there = folder.resolve("full");
        String tail = INCR.substring(0, 9);
        FileLoad load = loading(there, PING + tail, new Counter());
        Path inTheWay = kept(there).resolve("in-the-way");
        Files.createDirectories(inTheWay);
        load.load(new Keyspace(new Slabs(pages), 2)).end(0).release();
        Path incr = there.resolve(NAMES.incr(1));
        try (LogFile file = load.resume()) {
            assertThat(file.size()).isEqualTo(PING.length());
            assertThatThrownBy(() -> write(file, INCR)).isInstanceOf(IOException.class);
            assertThatThrownBy(file::sync).isInstanceOf(IOException.class);
            file.truncate(file.size());
            assertThat(Files.readString(incr)).as("all as it was").isEqualTo(PING + tail);
            Files.delete(inTheWay);
            Files.delete(kept(there));
            write(file, INCR);
            file.sync();
            write(file, PING);
            file.truncate(file.size() - PING.length());
            assertThat(Files.readString(incr)).isEqualTo(PING + INCR);
            assertThat(Files.readString(kept(there))).isEqualTo(tail);
            assertThat(file.size()).isEqualTo((PING + INCR).length());
        }
    }

    /** So that the log can say which file it was. */
    @Test
    void aFileThatCannotBeReadIsNamed() throws Exception {
        Path there = folder.resolve("odd");
        FileLoad load = loading(there, PING, new Counter());
        Files.delete(there.resolve(NAMES.incr(1)));
        Files.createDirectory(there.resolve(NAMES.incr(1)));
        Keyspace empty = new Keyspace(new Slabs(pages), 2);
        assertThatThrownBy(() -> load.load(empty)).isInstanceOf(LoadFailure.class);
    }
}
