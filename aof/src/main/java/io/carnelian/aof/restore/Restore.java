package io.carnelian.aof.restore;

import io.carnelian.aof.check.AofCheck;
import io.carnelian.aof.disk.FileDisk;
import io.carnelian.aof.log.Annotation;
import io.carnelian.aof.log.AofFile;
import io.carnelian.aof.log.AofNames;
import io.carnelian.aof.log.AofReader;
import io.carnelian.aof.log.Manifest;
import io.carnelian.aof.log.ManifestException;
import io.carnelian.rdb.check.FileCheck;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Makes the AOF of an earlier state out of a later one's: the base and the increments up to the
 * state, the last one cut. The files that are read stay as they are, also those of a server that
 * runs meanwhile.
 *
 * <pre>
 *   base.rdb   checked, copied      │ in INTO/temp-restore, every file synchronized, then the
 *   1.incr     checked, copied      │ manifest; last that folder gets the name under which a
 *   2.incr     checked, cut, #CN:   │ server looks for its AOF: a half restored one is none
 * </pre>
 *
 * <p>The last line gives the stream a new replication id. With the old one, what is written from
 * now on would be a second history by the name of the first, and a replica of that might go on with
 * the wrong one.
 */
public final class Restore {
    private static final String BUILDING = AofNames.TEMPORARY + "restore";
    private static final int ID_BYTES = 20;

    private final FileDisk disk = new FileDisk();
    private final Path folder;
    private final AofNames names;
    private final long nowMs;

    /**
     * What was restored.
     *
     * @param file the last one
     * @param bytes of it
     * @param leftBytes of it that are later
     * @param offset of the stream; negative if no file says it
     * @param lastSecond of the last timestamp, since 1970; negative if there is none
     * @param commands behind the base
     */
    public record Done(
            String file, long bytes, long leftBytes, long offset, long lastSecond, long commands) {
        /** For people. */
        public String described() {
            String later = leftBytes > 0 ? ", " + leftBytes + " bytes are later" : "";
            String at = offset < 0 ? "" : "; offset " + offset;
            String time = lastSecond < 0 ? "" : "; last timestamp " + CutFinder.shown(lastSecond);
            return "%d commands behind the base, up to byte %d of %s%s%s%s"
                    .formatted(commands, bytes, file, later, at, time);
        }
    }

    /** A file and how many of its bytes belong to the state. */
    private record Part(AofFile file, long bytes) {}

    /** What a base says of itself; negative where it says nothing. */
    private record BaseFacts(long seconds, long offset) {}

    /**
     * @param folder where the manifest is
     * @param nowMs since 1970
     */
    public Restore(Path folder, AofNames names, long nowMs) {
        this.folder = folder;
        this.names = names;
        this.nowMs = nowMs;
    }

    /**
     * Restores a state.
     *
     * @param into a directory that is empty or not there, for the new server's {@code dir}
     * @param folderName of the AOF in it: {@code appenddirname}
     * @throws RestoreFailure if the state is not in the files, they are damaged before it, or the
     *     directory is not empty; then nothing was made
     */
    public Done run(RestoreGoal goal, Path into, String folderName)
            throws IOException, RestoreFailure {
        requireEmpty(into);
        Manifest manifest = manifest();
        CutFinder finder = new CutFinder(goal);
        List<Part> parts = new ArrayList<>();
        List<AofFile> files = manifest.toLoad();
        for (AofFile file : files) {
            if (file.type() == AofFile.Type.BASE) {
                parts.add(base(file, finder));
            } else if (!finder.isFound()) {
                parts.add(incr(file, finder, file.equals(files.getLast())));
            }
        }
        finder.end();
        Part last = parts.getLast();
        long leftBytes = Files.size(folder.resolve(last.file().name())) - last.bytes();
        write(manifest.upTo(last.file()), parts, finder.offset(), into, folderName);
        return new Done(
                last.file().name(),
                last.bytes(),
                leftBytes,
                finder.offset(),
                finder.lastSecond(),
                finder.commands());
    }

    private static void requireEmpty(Path into) throws IOException, RestoreFailure {
        if (Files.isDirectory(into)) {
            try (Stream<Path> entries = Files.list(into)) {
                if (entries.findAny().isPresent()) {
                    throw new RestoreFailure(into + " is not empty");
                }
            }
        } else if (Files.exists(into)) {
            throw new RestoreFailure(into + " is not a directory");
        }
    }

    private Manifest manifest() throws IOException, RestoreFailure {
        Path file = folder.resolve(names.manifest());
        try {
            Manifest manifest = Manifest.parse(Files.readAllBytes(file));
            if (manifest.toLoad().isEmpty()) {
                throw new RestoreFailure(file + " names no files");
            }
            return manifest;
        } catch (NoSuchFileException e) {
            throw new RestoreFailure("there is no " + file + ": no AOF to restore from");
        } catch (ManifestException e) {
            throw new RestoreFailure(file + ", line " + e.line() + ": " + e.why());
        }
    }

    /** A base is taken whole, so it is read to its end. */
    private Part base(AofFile file, CutFinder finder) throws IOException, RestoreFailure {
        Path path = folder.resolve(file.name());
        Map<String, String> aux = new TreeMap<>();
        long from = 0;
        if (AofCheck.beginsWithRdb(path)) {
            FileCheck.Found rdb = FileCheck.check(path, new AuxFields(aux), nowMs);
            if (!rdb.problem().isEmpty()) {
                throw new RestoreFailure(file.name() + " is damaged: " + rdb.problem());
            }
            from = rdb.offset();
        }
        try (FileChannel in = FileChannel.open(path, StandardOpenOption.READ)) {
            in.position(from);
            AofReader reader =
                    new AofReader(in, from, in.size(), AofReader.Limits.OF_REQUESTS, true);
            BaseFacts facts = commands(reader, new BaseFacts(number(aux, "ctime"), placeOf(aux)));
            if (reader.verdict() != AofReader.Verdict.WHOLE) {
                throw new RestoreFailure(
                        "%s is damaged at byte %d: %s"
                                .formatted(file.name(), reader.reasonOffset(), reader.reason()));
            }
            finder.base(file.name(), facts.seconds(), facts.offset());
            return new Part(file, reader.wholeEnd());
        }
    }

    /** A base may be of commands, or go on with them: its last lines say when and where. */
    private static BaseFacts commands(AofReader reader, BaseFacts rdb) throws IOException {
        long seconds = rdb.seconds();
        long offset = rdb.offset();
        AofReader.Step step = reader.step();
        while (step != AofReader.Step.END) {
            if (step == AofReader.Step.COMMAND) {
                offset += offset < 0 ? 0 : reader.endOffset() - reader.startOffset();
            } else {
                switch (reader.annotation()) {
                    case Annotation.Timestamp stamp -> seconds = stamp.seconds();
                    case Annotation.Position place -> {
                        seconds = place.timeMs() / 1000;
                        offset = place.offset();
                    }
                    case Annotation.Apart _, Annotation.Other _ -> {}
                }
            }
            step = reader.step();
        }
        return new BaseFacts(seconds, offset);
    }

    private static long placeOf(Map<String, String> aux) {
        return aux.getOrDefault("repl-id", "").length() == 40 ? number(aux, "repl-offset") : -1;
    }

    private static long number(Map<String, String> aux, String name) {
        String value = aux.getOrDefault(name, "");
        return value.matches("[0-9]{1,18}") ? Long.parseLong(value) : -1;
    }

    private Part incr(AofFile file, CutFinder finder, boolean last)
            throws IOException, RestoreFailure {
        try (FileChannel in =
                FileChannel.open(folder.resolve(file.name()), StandardOpenOption.READ)) {
            AofReader reader = new AofReader(in, 0, in.size(), AofReader.Limits.OF_REQUESTS, true);
            return new Part(file, finder.read(reader, file.name(), last));
        }
    }

    private void write(
            Manifest manifest, List<Part> parts, long offset, Path into, String folderName)
            throws IOException {
        Path building = into.resolve(BUILDING);
        Files.createDirectories(building);
        try {
            build(manifest, parts, offset, building);
            Files.move(building, into.resolve(folderName), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            remove(building, e);
            throw e;
        }
        disk.syncFolder(into);
    }

    private void build(Manifest manifest, List<Part> parts, long offset, Path building)
            throws IOException {
        for (Part part : parts) {
            copy(folder.resolve(part.file().name()), building, part);
        }
        Manifest made = manifest.lastIncr() == null ? manifest.withIncr(names) : manifest;
        AofFile last = made.lastIncr();
        if (last == null) {
            throw new IllegalStateException("no increment in " + made);
        }
        append(building.resolve(last.name()), offset < 0 ? new byte[0] : newHistory(offset));
        disk.write(building.resolve(names.manifest()), made.text());
        disk.syncFolder(building);
    }

    /** What was begun goes, so that the same can be tried again when there is room. */
    private void remove(Path building, IOException cause) {
        try {
            for (String name : disk.list(building)) {
                Files.delete(building.resolve(name));
            }
            Files.delete(building);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static void copy(Path source, Path building, Part part) throws IOException {
        try (FileChannel in = FileChannel.open(source, StandardOpenOption.READ);
                FileChannel out =
                        FileChannel.open(
                                building.resolve(part.file().name()),
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.WRITE)) {
            long at = 0;
            while (at < part.bytes()) {
                long copied = in.transferTo(at, part.bytes() - at, out);
                if (copied <= 0) {
                    throw new IOException(source + " has become shorter");
                }
                at += copied;
            }
            out.force(true);
        }
    }

    private static void append(Path file, byte[] bytes) throws IOException {
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                var _ = out.write(rest);
            }
            out.force(true);
        }
    }

    private byte[] newHistory(long offset) {
        byte[] id = new byte[ID_BYTES];
        new SecureRandom().nextBytes(id);
        return new Annotation.Position(
                        HexFormat.of().formatHex(id), offset, nowMs, Annotation.Position.NO_SUM)
                .line();
    }

    /** Keeps what a base says of itself. */
    private record AuxFields(Map<String, String> fields) implements FileCheck.Report {
        @Override
        public void aux(long offset, String name, String value) {
            fields.put(name, value);
        }

        @Override
        public void database(long offset, int db) {}
    }
}
