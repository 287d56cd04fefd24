package io.carnelian.ops.cli;

import io.carnelian.rdb.check.FileCheck;
import io.carnelian.rdb.format.Opcodes;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code carnelian check-rdb}: whether a file is sound, what is in it, and the same as another
 * version. Ends with 0 if it is, else with 1, as redis-check-rdb does.
 */
@Command(
        name = "check-rdb",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = 1,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:the file is sound", "1:it is not, or it can't be read"},
        description = "Checks an RDB file: every byte, every value, the checksum.")
final class CheckRdb implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE", description = "The file to check.")
    private Path file = Path.of("dump.rdb");

    @Option(
            names = "--convert",
            arity = "2",
            paramLabel = "VERSION OUT",
            description = "Writes the data as version 9, 10 or 11 to a new file.")
    private List<String> convert = new ArrayList<>();

    private final PrintStream out;

    CheckRdb(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() {
        long nowMs = System.currentTimeMillis();
        try {
            out.printf("[offset 0] Checking RDB file %s%n", file);
            FileCheck.Found found = FileCheck.check(file, new RdbReport(out), nowMs);
            boolean sound = RdbReport.tell(out, found);
            if (sound && !convert.isEmpty()) {
                return write(found, nowMs);
            }
            return sound ? 0 : 1;
        } catch (IOException e) {
            out.printf("Cannot read or write: %s%n", e);
            return 1;
        }
    }

    private int write(FileCheck.Found found, long nowMs) throws IOException {
        String number = convert.get(0);
        int version = number.matches("[0-9]{1,3}") ? Integer.parseInt(number) : 0;
        if (version < Opcodes.MIN_WRITTEN_VERSION || version > Opcodes.MAX_WRITTEN_VERSION) {
            out.printf("Can't write version %s: 9, 10 and 11 are known%n", number);
            return 1;
        }
        Path target = Path.of(convert.get(1));
        if (Files.exists(target)) {
            out.printf("%s is there already%n", target);
            return 1;
        }
        try (OutputStream to = new BufferedOutputStream(Files.newOutputStream(target))) {
            FileCheck.convert(file, found, version, to, nowMs);
        }
        out.printf("[info] written to %s as version %d%n", target, version);
        return 0;
    }
}
