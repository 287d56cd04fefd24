package io.carnelian.ops.cli;

import io.carnelian.aof.check.AofCheck;
import io.carnelian.aof.log.AofFile;
import io.carnelian.aof.log.Manifest;
import io.carnelian.aof.log.ManifestException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code carnelian check-aof}: whether an AOF is sound, and cutting it where it is not. What it
 * says and how it ends is as of redis-check-aof 7.0, with two differences, both where stock servers
 * would not load the file or would break it with their next write: a command without arguments, and
 * an annotation line cut off at the end.
 *
 * <pre>
 *   MANIFEST   each file that it names, in order; only the last may be cut
 *   FILE       one file alone: commands, maybe behind an RDB file
 * </pre>
 */
@Command(
        name = "check-aof",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = 1,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:all files are sound, or are now", "1:one is not, or can't be read"},
        description = "Checks the files of an AOF, and cuts off what is damaged at the end.")
final class CheckAof implements Callable<Integer> {
    private static final int BEGINNING_BYTES = 64 * 1024;
    private static final long MAX_MANIFEST_BYTES = 64L << 20;

    @Parameters(
            index = "0",
            paramLabel = "MANIFEST|FILE",
            description = "The manifest of an AOF, or one of its files, or an old-style AOF.")
    private Path path = Path.of("appendonly.aof.manifest");

    @ArgGroup private Cutting cutting = new Cutting();

    private final InputStream in;
    private final PrintStream out;

    /** At most one of both. */
    private static final class Cutting {
        @Option(
                names = "--fix",
                description = "Asks, and cuts the last file behind its last whole command.")
        private boolean fix;

        @Option(
                names = "--truncate-to-timestamp",
                paramLabel = "T",
                description = {
                    "Cuts the last file before what was written later than this, in seconds since"
                            + " 1970; needs aof-timestamp-enabled at the time of writing."
                })
        private long lastSeconds = AofCheck.ANY_TIME;
    }

    CheckAof(InputStream in, PrintStream out) {
        this.in = in;
        this.out = out;
    }

    @Override
    public Integer call() {
        try {
            boolean manifest = Manifest.isManifest(AofCheck.beginning(path, BEGINNING_BYTES));
            return manifest ? checkAll() : checkOldStyle();
        } catch (NoSuchFileException e) {
            out.printf("Cannot open file %s: No such file or directory%n", e.getFile());
        } catch (IOException e) {
            out.printf("Cannot read or write: %s%n", e);
        }
        return Carnelian.NOT_WELL;
    }

    private int checkOldStyle() throws IOException {
        out.println("Start checking Old-Style AOF");
        return checkOne(path, "", true) ? Carnelian.OK : Carnelian.NOT_WELL;
    }

    private int checkAll() throws IOException {
        out.println("Start checking Multi Part AOF");
        if (Files.size(path) > MAX_MANIFEST_BYTES) {
            out.printf("%s is too long for a manifest%n", path);
            return Carnelian.NOT_WELL;
        }
        List<AofFile> files;
        try {
            files = Manifest.parse(Files.readAllBytes(path)).toLoad();
        } catch (ManifestException e) {
            out.println("*** FATAL AOF MANIFEST FILE ERROR ***");
            if (e.line() > 0) {
                out.printf("Reading the manifest file, at line %d%n", e.line());
                out.printf(">>> '%s'%n", e.text());
            }
            out.println(e.why());
            return Carnelian.NOT_WELL;
        }
        boolean incrs = false;
        for (AofFile file : files) {
            Path there = path.resolveSibling(file.name());
            boolean base = file.type() == AofFile.Type.BASE;
            if (base) {
                String format = AofCheck.beginsWithRdb(there) ? "RDB" : "RESP";
                out.printf("Start to check BASE AOF (%s format).%n", format);
            } else if (!incrs) {
                out.println("Start to check INCR files.");
                incrs = true;
            }
            boolean last = file.equals(files.getLast());
            if (!checkOne(there, base ? "BASE " : "INCR ", last)) {
                return Carnelian.NOT_WELL;
            }
        }
        out.println("All AOF files and manifest are valid");
        return Carnelian.OK;
    }

    /** Checks one file, and cuts it if that is wanted; whether all is well then. */
    private boolean checkOne(Path file, String kind, boolean last) throws IOException {
        String name = String.valueOf(file.getFileName());
        long bytes = Files.size(file);
        if (bytes == 0) {
            out.printf("%sAOF %s is empty%n", kind, name);
            return true;
        }
        AofCheck.Found found;
        try (ProgressLine progress = ProgressLine.onTerminal(name, bytes)) {
            found =
                    AofCheck.check(
                            file,
                            new RdbReport(out),
                            System.currentTimeMillis(),
                            cutting.lastSeconds,
                            progress::at);
        }
        if (found.rdb() != null) {
            boolean sound = RdbReport.tell(out, found.rdb());
            out.println(
                    sound
                            ? "RDB preamble is OK, proceeding with AOF tail..."
                            : "RDB preamble of AOF file is not sane, aborting.");
            if (!sound) {
                return false;
            }
        }
        boolean well =
                cutting.lastSeconds == AofCheck.ANY_TIME
                        ? judge(file, name, kind, last, found)
                        : cutToTime(file, name, kind, last, found);
        return well;
    }

    private boolean judge(Path file, String name, String kind, boolean last, AofCheck.Found found)
            throws IOException {
        if (!found.isSound()) {
            out.printf("0x%16x: %s%n", found.problemOffset(), found.problem());
        }
        long rest = found.bytes() - found.wholeEnd();
        out.printf(
                "AOF analyzed: filename=%s, size=%d, ok_up_to=%d, ok_up_to_line=%d, diff=%d%n",
                name, found.bytes(), found.wholeEnd(), found.lines(), rest);
        if (found.isSound()) {
            out.printf("%sAOF %s is valid%n", kind, name);
            return true;
        }
        if (!cutting.fix) {
            out.printf("AOF %s is not valid. Use the --fix option to try fixing it.%n", name);
            return false;
        }
        if (!last) {
            out.printf("Failed to truncate AOF %s because it is not the last file%n", name);
            return false;
        }
        out.printf(
                "This will shrink the AOF %s from %d bytes, with %d bytes, to %d bytes%n",
                name, found.bytes(), rest, found.wholeEnd());
        out.printf("%d whole or broken commands go.%n", found.dropped());
        out.print("Continue? [y/N]: ");
        out.flush();
        int answer = in.read();
        if (answer != 'y' && answer != 'Y') {
            out.println("Aborting...");
            return false;
        }
        cut(file, found.wholeEnd());
        out.printf("Successfully truncated AOF %s%n", name);
        return true;
    }

    private boolean cutToTime(
            Path file, String name, String kind, boolean last, AofCheck.Found found)
            throws IOException {
        long seconds = cutting.lastSeconds;
        if (!found.isSound()) {
            out.printf("0x%16x: %s%n", found.problemOffset(), found.problem());
            out.printf("AOF %s is not valid. Use the --fix option first.%n", name);
            return false;
        }
        if (found.cutAt() == AofCheck.NO_CUT) {
            out.printf("Truncate nothing in AOF %s to timestamp %d%n", name, seconds);
            out.printf("%sAOF %s is valid%n", kind, name);
            return true;
        }
        if (found.cutAt() == 0) {
            out.printf("AOF %s has nothing before timestamp %d, aborting...%n", file, seconds);
            return false;
        }
        if (!last) {
            out.printf(
                    "Failed to truncate AOF %s to timestamp %d to offset %d because it is not the"
                            + " last file.%n",
                    file, seconds, found.cutAt());
            out.println("Take the files behind it out of the manifest first, then try again.");
            return false;
        }
        cut(file, found.cutAt());
        out.printf("Successfully truncated AOF %s to timestamp %d%n", name, seconds);
        return true;
    }

    private static void cut(Path file, long at) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(at);
            channel.force(true);
        }
    }
}
