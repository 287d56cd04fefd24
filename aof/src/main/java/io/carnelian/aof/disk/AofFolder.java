package io.carnelian.aof.disk;

import io.carnelian.aof.log.AofFile;
import io.carnelian.aof.log.AofNames;
import io.carnelian.aof.log.Manifest;
import io.carnelian.aof.log.ManifestException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files of an AOF and the manifest that names them. Nothing is replaced before what takes its
 * place is whole and on the disk:
 *
 * <pre>
 *   rotate   create i2 │ manifest b1 i1 i2: write temp, fsync, rename, fsync folder │ write to i2
 *   commit   b2 written and fsynced as temp │ rename │ manifest b2 i2 h:b1 h:i1
 *   history  delete b1 i1 │ manifest b2 i2
 *   first    i is written as temp │ b written as temp │ rename both │ manifest b1 i1
 * </pre>
 *
 * Killed between any two steps, the manifest that is there names files that are whole. It belongs
 * to one thread at a time: the loader at start, then the AOF's writer.
 */
public final class AofFolder {
    private static final String UNNAMED = ".without-manifest";

    private final Disk disk;
    private final Path path;
    private final AofNames names;
    private Manifest manifest;

    /** Bytes of the files that are loaded, without the one that is being written. */
    private long settledBytes;

    private long baseBytes;

    /** The increment that was begun at the last cut. */
    private long cutSeq = Long.MAX_VALUE;

    public AofFolder(Disk disk, Path path, AofNames names) {
        this.disk = disk;
        this.path = path;
        this.names = names;
        this.manifest = Manifest.empty();
    }

    /**
     * Reads the manifest, if there is one.
     *
     * @throws ManifestException where Redis refuses to start
     */
    public void read() throws IOException, ManifestException {
        Path file = path.resolve(names.manifest());
        manifest = disk.exists(file) ? Manifest.parse(disk.read(file)) : Manifest.empty();
    }

    /**
     * Takes over the single file that Redis had before version 7, if it is there and its place is
     * not taken: it becomes the base, by its name. Goes on where a move was cut short.
     *
     * @return whether it was moved
     */
    public boolean upgrade(Path oldFile) throws IOException {
        if (!disk.exists(oldFile)) {
            return false;
        }
        AofFile base = manifest.base();
        boolean none = base == null && manifest.incrs().isEmpty();
        boolean begun =
                base != null
                        && manifest.incrs().isEmpty()
                        && base.name().equals(names.appendFilename())
                        && !disk.exists(path.resolve(base.name()));
        if (!none && !begun) {
            return false;
        }
        disk.createFolder(path);
        commit(Manifest.ofOldStyle(names.appendFilename()));
        disk.rename(oldFile, path.resolve(names.appendFilename()));
        disk.syncFolder(path);
        Path from = oldFile.getParent();
        if (from != null) {
            disk.syncFolder(from);
        }
        return true;
    }

    public Manifest manifest() {
        return manifest;
    }

    public Path file(AofFile file) {
        return path.resolve(file.name());
    }

    public Path path() {
        return path;
    }

    public Disk disk() {
        return disk;
    }

    /** Bytes of all files that are loaded. */
    public long sizeOnDisk() throws IOException {
        long bytes = 0;
        for (AofFile file : manifest.toLoad()) {
            bytes += disk.size(file(file));
        }
        return bytes;
    }

    /** The same for showing; 0 if it can't be told. */
    public long sizeOrZero() {
        try {
            return sizeOnDisk();
        } catch (IOException e) {
            // Only INFO shows it; whoever opens the files will say what is wrong.
            return 0;
        }
    }

    private void commit(Manifest next) throws IOException {
        Path temporary = path.resolve(names.temporaryManifest());
        disk.write(temporary, next.text());
        disk.rename(temporary, path.resolve(names.manifest()));
        // From here on a start may find it, even if it is not sure that the name lasts: its files
        // must stay, and their names must not be given again.
        manifest = next;
        disk.syncFolder(path);
    }

    /** Begins the very first files: an empty base, and the increment to write to. */
    public LogFile begin(byte[] emptyBase, boolean rdb) throws IOException {
        disk.createFolder(path);
        Manifest next = manifest.withRewritten(names, rdb, Long.MAX_VALUE).withIncr(names);
        AofFile base = next.base();
        AofFile incr = next.lastIncr();
        if (base == null || incr == null) {
            throw new IllegalStateException("no files in " + next);
        }
        disk.write(file(base), emptyBase);
        LogFile opened = disk.open(file(incr), true);
        commit(next);
        baseBytes = emptyBase.length;
        settledBytes = emptyBase.length;
        return opened;
    }

    /** Goes on at the end of the last increment; of a new one, if there is none. */
    public LogFile resume() throws IOException {
        AofFile last = manifest.lastIncr();
        baseBytes = manifest.base() == null ? 0 : disk.size(file(manifest.base()));
        if (last == null) {
            settledBytes = baseBytes;
            return newIncr(0);
        }
        LogFile opened = disk.open(file(last), false);
        settledBytes = sizeOnDisk() - opened.size();
        return opened;
    }

    /**
     * A cut: what comes next goes to another increment.
     *
     * @param writtenBytes of the one that ends
     */
    public LogFile rotate(long writtenBytes) throws IOException {
        LogFile opened = newIncr(writtenBytes);
        AofFile last = manifest.lastIncr();
        cutSeq = last == null ? Long.MAX_VALUE : last.seq();
        return opened;
    }

    private LogFile newIncr(long writtenBytes) throws IOException {
        Manifest next = manifest.withIncr(names);
        AofFile incr = next.lastIncr();
        if (incr == null) {
            throw new IllegalStateException("no increment in " + next);
        }
        LogFile opened = disk.open(file(incr), true);
        try {
            commit(next);
        } catch (IOException e) {
            opened.close();
            if (!manifest.equals(next)) {
                disk.delete(file(incr));
            }
            throw e;
        }
        settledBytes += writtenBytes;
        return opened;
    }

    /** A cut while no file here is that of the data: what comes next goes to one without a name. */
    public LogFile rotateAside() throws IOException {
        disk.createFolder(path);
        return disk.open(path.resolve(names.temporaryIncr()), true);
    }

    /** Forgets the increment without a name. True if there was one. */
    public boolean deleteAside() throws IOException {
        Path aside = path.resolve(names.temporaryIncr());
        boolean there = disk.exists(aside);
        disk.delete(aside);
        return there;
    }

    public String asideName() {
        return names.temporaryIncr();
    }

    /** The data at the last cut takes the place of all that is older. The file is on the disk. */
    public void rewritten(Path base, boolean rdb, boolean writes) throws IOException {
        replace(base, rdb, manifest.withRewritten(names, rdb, writes ? cutSeq : Long.MAX_VALUE));
        settledBytes = baseBytes;
    }

    /** The same, and the increment without a name is the only one behind it. */
    public void rewrittenFirst(Path base, boolean rdb) throws IOException {
        Manifest next = manifest.withRewritten(names, rdb, Long.MAX_VALUE).withIncr(names);
        AofFile incr = next.lastIncr();
        if (incr == null) {
            throw new IllegalStateException("no increment in " + next);
        }
        Path aside = path.resolve(names.temporaryIncr());
        disk.rename(aside, file(incr));
        cutSeq = incr.seq();
        try {
            replace(base, rdb, next);
        } catch (IOException e) {
            if (!manifest.equals(next)) {
                disk.rename(file(incr), aside);
            }
            throw e;
        }
        settledBytes = baseBytes;
    }

    private void replace(Path from, boolean rdb, Manifest next) throws IOException {
        disk.createFolder(path);
        long bytes = disk.size(from);
        Path to = path.resolve(manifest.nextBase(names, rdb));
        disk.rename(from, to);
        try {
            commit(next);
        } catch (IOException e) {
            if (!manifest.equals(next)) {
                disk.delete(to);
            }
            throw e;
        }
        baseBytes = bytes;
    }

    /**
     * Files that are not needed any more go, and leave the manifest after that: killed between the
     * two, none is left that nobody knows of.
     *
     * @param room takes what gives the files' room back when it is closed; also of those that went
     *     before a failure
     */
    public void deleteHistory(List<Closeable> room) throws IOException {
        List<AofFile> live = manifest.toLoad();
        for (AofFile old : manifest.history()) {
            // Numbers of increments begin anew when a manifest names none but in its history.
            if (live.stream().noneMatch(file -> file.name().equals(old.name()))) {
                room.add(disk.unlink(file(old)));
            }
        }
        if (!manifest.history().isEmpty()) {
            commit(manifest.withoutHistory());
        }
    }

    /** Deletes what a killed process left of files in the making. */
    public void sweep() throws IOException {
        for (String name : disk.list(path)) {
            if (name.equals(names.temporaryIncr())
                    || name.equals(names.temporaryManifest())
                    || name.startsWith(basePrefix())) {
                disk.delete(path.resolve(name));
            }
        }
    }

    /**
     * While there is no manifest, the first files would overwrite those whose manifest was lost:
     * all that are there get other names.
     *
     * @return the names that they have now
     */
    public List<String> setUnnamedAside() throws IOException {
        List<String> aside = new ArrayList<>();
        if (!manifest.equals(Manifest.empty())) {
            return aside;
        }
        List<String> there = disk.list(path);
        for (String name : there) {
            if (names.isDataFile(name) && disk.size(path.resolve(name)) > 0) {
                String other = name + UNNAMED;
                for (int i = 2; there.contains(other); i++) {
                    other = name + UNNAMED + "-" + i;
                }
                disk.rename(path.resolve(name), path.resolve(other));
                aside.add(other);
            }
        }
        if (!aside.isEmpty()) {
            disk.syncFolder(path);
        }
        return aside;
    }

    /**
     * Where a rewrite builds its base: in this folder, so that a rename is enough.
     *
     * @param number of the rewrite: what one left is not taken for another's
     */
    public Path temporaryBase(long pid, long number) {
        return path.resolve(basePrefix() + pid + "-" + number);
    }

    private String basePrefix() {
        return AofNames.TEMPORARY + "rewriteaof-" + names.appendFilename() + "-bg-";
    }

    /** Bytes of what is loaded, but for the file that is being written. */
    public long settledBytes() {
        return settledBytes;
    }

    public long baseBytes() {
        return baseBytes;
    }

    /** The file that a base is made in, or null while there is none. */
    public @Nullable Path base() {
        AofFile base = manifest.base();
        return base == null ? null : file(base);
    }
}
