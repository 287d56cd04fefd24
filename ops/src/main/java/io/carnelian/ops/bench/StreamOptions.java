package io.carnelian.ops.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/**
 * The options that put the write stream of both servers to use: an append-only file, a replica.
 * What they cost is the difference between two runs of the tool.
 *
 * <p>A replica is of the same kind as its primary and stands still together with it. Its own CPU
 * time is in no figure, but it takes its CPU from somebody: by default from the client.
 */
public final class StreamOptions {
    @Option(
            names = "--appendonly",
            paramLabel = "POLICY",
            description = "Append-only file with this appendfsync: everysec, always; or none: no.")
    private Journal journal = Journal.NO;

    @Option(names = "--replica", description = "A replica of its own kind follows each server.")
    private boolean replica;

    @Option(
            names = "--replica-cpus",
            paramLabel = "CPUS",
            description = "CPUs of the replicas, '' for any (default: ${DEFAULT-VALUE}).")
    private String replicaCpus = "1";

    @Option(
            names = "--directory",
            paramLabel = "PATH",
            description = "Where the files go (default: the system's temporary folder).")
    private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

    /** When an append-only file is synchronized, appendfsync; NO: there is no file. */
    public enum Journal {
        NO,
        EVERYSEC,
        ALWAYS
    }

    /** An append-only file alone, in a folder on the disk to be measured. */
    public static StreamOptions ofJournal(Journal journal, Path parent) {
        StreamOptions options = new StreamOptions();
        options.journal = journal;
        options.parent = parent;
        return options;
    }

    /** Server options by which no rewrite begins by itself. */
    public static List<String> journalOptions(Journal journal) {
        if (journal == Journal.NO) {
            return List.of();
        }
        String policy = journal.name().toLowerCase(Locale.ROOT);
        return List.of(
                "--appendonly",
                "yes",
                "--appendfsync",
                policy,
                "--auto-aof-rewrite-percentage",
                "0");
    }

    /** Server options by which a replica stays, however far behind and however long frozen. */
    public static List<String> patientOptions() {
        return List.of(
                "--repl-timeout", "3600", "--client-output-buffer-limit", "replica", "0", "0", "0");
    }

    boolean isPlain() {
        return journal == Journal.NO && !replica;
    }

    boolean syncsAlways() {
        return journal == Journal.ALWAYS;
    }

    String described() {
        String file = journal == Journal.NO ? "" : "; appendfsync " + journal;
        return (file + (replica ? "; one replica each" : "")).toLowerCase(Locale.ROOT);
    }

    Path newDirectory(String name) throws IOException {
        return Files.createTempDirectory(parent, name);
    }

    /** Starts a server with what the options ask for. */
    BenchServer start(BenchServer.Spec spec, Path directory)
            throws IOException, InterruptedException {
        List<String> options = new ArrayList<>(journalOptions(journal));
        if (replica) {
            options.addAll(patientOptions());
        }
        BenchServer server = BenchServer.start(spec.with(options), directory);
        if (replica) {
            Path beside = directory.resolveSibling(directory.getFileName() + "-replica");
            BenchServer.Spec own = spec.on(replicaCpus).with(patientOptions());
            server.attach(BenchServer.start(own, beside));
        }
        return server;
    }
}
