package io.carnelian.aof.load;

import io.carnelian.aof.AofLog;
import io.carnelian.aof.disk.AofFolder;
import io.carnelian.aof.disk.LogFile;
import io.carnelian.aof.log.Annotation;
import io.carnelian.aof.log.AofFile;
import io.carnelian.aof.log.AofReader;
import io.carnelian.rdb.load.LoadOptions;
import io.carnelian.rdb.load.LoadProgress;
import io.carnelian.rdb.load.LoadResult;
import io.carnelian.rdb.load.Loader;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reads all files of an AOF, in the order of the manifest: the work of the loader thread. An RDB
 * base is loaded right here into a keyspace that nobody else knows; commands go to the command
 * thread, in chunks, of which only a few are under way.
 *
 * <pre>
 *   base.rdb ──► Loader ──► keyspace ──adopted──┐
 *   incr ──► AofReader ──► Chunk ──► Target ────┴──► live keyspace, behind the gate LOADING
 *                 └── lines ──► Track: where the stream stood
 * </pre>
 *
 * The end of the last file may be cut off; what is dropped of it is kept beside, now or when there
 * is room for it. Everything else that is wrong ends the loading, and changes no file.
 */
final class FileLoad {
    private static final long REPORT_NANOS = 5_000_000_000L;
    private static final byte[] RDB = {'R', 'E', 'D', 'I', 'S'};
    private static final int WATCH_MASK = 0xfff;
    private static final long MICRO_NANOS = 1000;

    /** Where loaded data goes; blocks while too much is under way, throws to end the loading. */
    interface Target {
        void adopt(Keyspace base) throws IOException;

        void fileBegins() throws IOException;

        /** Takes the chunk over. */
        void run(Chunk chunk) throws IOException;

        /** So many bytes of all files are read. */
        void reached(long bytes) throws IOException;
    }

    /** The server ends, or something that was read can't be run. */
    static final class Stopped extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private final AofFolder folder;
    private final LoadWay options;
    private final Target target;
    private final AofLog log;
    private final ByteBufAllocator allocator;
    private final Track track;
    private long doneBytes;
    private long totalBytes;
    private long lastReportNanos = System.nanoTime();
    private long commands;

    /** Commands that were read and are not under way yet. */
    private @Nullable Chunk chunk;

    /** The end of the last file, which could not be cut off so far. */
    private @Nullable Tail uncut;

    FileLoad(
            AofFolder folder,
            LoadWay options,
            Target target,
            AofLog log,
            ByteBufAllocator allocator) {
        this.folder = folder;
        this.options = options;
        this.target = target;
        this.log = log;
        this.allocator = allocator;
        this.track = new Track(options.tailBytes());
    }

    /**
     * Loads everything.
     *
     * @param empty what a base in RDB form is loaded into
     * @return where the stream stood
     * @throws LoadFailure when the files are damaged; the report says where and what to do
     */
    Track load(Keyspace empty) throws IOException {
        boolean done = false;
        try {
            loadAll(empty);
            done = true;
            return track;
        } finally {
            if (!done) {
                giveUp();
            }
        }
    }

    private void loadAll(Keyspace empty) throws IOException {
        List<AofFile> files = folder.manifest().toLoad();
        totalBytes = total(files);
        for (AofFile file : files) {
            try {
                load(file, file.equals(files.getFirst()), file.equals(files.getLast()), empty);
            } catch (Stopped | LoadFailure e) {
                throw e;
            } catch (IOException e) {
                throw new LoadFailure(
                        "unreadable", () -> log.loadFailed(file.name(), String.valueOf(e)));
            }
        }
    }

    private void load(AofFile file, boolean first, boolean last, Keyspace empty)
            throws IOException {
        long begin = System.nanoTime();
        long from = 0;
        if (first) {
            from = isRdb(folder.file(file)) ? preamble(file, empty) : 0;
            empty.handOver();
            target.adopt(empty);
        }
        target.fileBegins();
        commands(file, from, last);
        doneBytes += Files.size(folder.file(file));
        target.reached(doneBytes);
        log.loadedFile(
                file.type() == AofFile.Type.BASE, file.name(), (System.nanoTime() - begin) / 1e9);
    }

    private long total(List<AofFile> files) throws IOException {
        long bytes = 0;
        for (AofFile file : files) {
            try {
                bytes += Files.size(folder.file(file));
            } catch (NoSuchFileException e) {
                throw new LoadFailure(
                        "missing", () -> log.cannotRead(file.name(), "No such file or directory"));
            }
        }
        return bytes;
    }

    private static boolean isRdb(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(RDB.length), RDB);
        }
    }

    /** The RDB file that a base is, or begins with; returns its length. */
    private long preamble(AofFile file, Keyspace empty) throws IOException {
        log.readsPreamble();
        LoadOptions how =
                LoadOptions.of(options.nowMs(), false)
                        .deep(options.deep())
                        .delayedBy(options.keyDelayMicros());
        LoadProgress progress = new LoadProgress(options.nowMs(), totalBytes);
        try (InputStream in = Files.newInputStream(folder.file(file))) {
            Loader loader = new Loader(empty, options.limits(), how, progress);
            LoadResult result = loader.watchedBy(keys -> watch(file, progress.bytes())).load(in);
            String id = result.facts().getOrDefault("repl-id", "");
            String offset = result.facts().getOrDefault("repl-offset", "");
            if (id.length() == 40 && offset.matches("[0-9]{1,18}")) {
                track.place(id, Long.parseLong(offset));
            }
            return result.bytes();
        } catch (Stopped e) {
            throw e;
        } catch (IOException e) {
            throw new LoadFailure(
                    "damaged base",
                    () -> log.preambleFailed(file.name(), String.valueOf(e.getMessage())));
        }
    }

    private void commands(AofFile file, long from, boolean last) throws IOException {
        Path path = folder.file(file);
        AofReader reader;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.position(from);
            reader =
                    new AofReader(
                            channel, from, channel.size(), AofReader.Limits.OF_REQUESTS, true);
            read(reader, file);
        }
        AofReader.Verdict verdict = reader.verdict();
        if (verdict == AofReader.Verdict.DAMAGED) {
            throw new LoadFailure(
                    "damaged",
                    () -> log.damaged(file.name(), reader.reasonOffset(), reader.reason()));
        }
        if (verdict == AofReader.Verdict.TRUNCATED) {
            truncated(file, path, reader, last);
        }
    }

    private void read(AofReader reader, AofFile file) throws IOException {
        boolean apart = false;
        AofReader.Step step = reader.step();
        while (step != AofReader.Step.END) {
            if (step == AofReader.Step.COMMAND && apart) {
                hand(true);
                chunk(file).add(reader);
                hand(false);
                apart = false;
            } else if (step == AofReader.Step.COMMAND) {
                chunk(file).add(reader);
                track.command(reader.endOffset() - reader.startOffset(), reader.inTransaction());
                afterCommand(file, reader);
            } else if (reader.annotation() instanceof Annotation.Position place) {
                if (!track.isAt(place.offset())) {
                    hand(true);
                }
                track.place(place.replicationId(), place.offset());
            } else if (reader.annotation() instanceof Annotation.Apart) {
                apart = true;
            }
            if (chunk != null && chunk.isFull()) {
                hand(true);
            }
            step = reader.step();
        }
        hand(true);
    }

    private Chunk chunk(AofFile file) {
        Chunk filling = chunk;
        if (filling == null) {
            filling = new Chunk(file.name(), allocator);
            chunk = filling;
        }
        return filling;
    }

    /**
     * The commands since the last time are run.
     *
     * @param counted whether the stream has them
     */
    private void hand(boolean counted) throws IOException {
        Chunk filled = chunk;
        if (filled == null) {
            return;
        }
        chunk = null;
        if (counted) {
            track.keep(filled.bytes);
        }
        target.run(filled);
    }

    private void afterCommand(AofFile file, AofReader reader) throws IOException {
        long delay = options.keyDelayMicros().getAsLong();
        if (delay > 0) {
            LockSupport.parkNanos(delay * MICRO_NANOS);
        }
        if ((++commands & WATCH_MASK) == 0 || delay > 0) {
            watch(file, reader.endOffset());
        }
    }

    private void watch(AofFile file, long offset) throws IOException {
        target.reached(doneBytes + offset);
        long now = System.nanoTime();
        if (now - lastReportNanos > REPORT_NANOS) {
            lastReportNanos = now;
            log.loading(file.name(), doneBytes + offset, totalBytes);
        }
    }

    private void truncated(AofFile file, Path path, AofReader reader, boolean last)
            throws IOException {
        long wholeEnd = reader.wholeEnd();
        if (!last || !options.truncated()) {
            throw new LoadFailure("truncated", () -> log.unexpectedEnd(file.name(), wholeEnd));
        }
        log.shortRead(file.name());
        Tail tail = new Tail(folder, path, reader, options.nowMs(), log);
        try {
            tail.cutOff();
        } catch (IOException e) {
            long bytes = Files.size(path) - wholeEnd;
            String why = String.valueOf(e.getMessage());
            if (file.type() != AofFile.Type.INCR) {
                // Another file is about to follow this one, which has to be whole then.
                throw new LoadFailure(
                        "no room", () -> log.cannotCut(file.name(), wholeEnd, bytes, why));
            }
            log.tailStays(file.name(), wholeEnd, bytes, why);
            uncut = tail;
        }
    }

    /** Opens the last file for what comes next. */
    LogFile resume() throws IOException {
        LogFile opened = folder.resume();
        Tail left = uncut;
        return left == null ? opened : new UncutFile(opened, left);
    }

    /** Gives back what will not be used. */
    private void giveUp() {
        Chunk filling = chunk;
        if (filling != null) {
            chunk = null;
            filling.bytes.release();
        }
        track.release();
    }
}
