package io.carnelian.ops.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options by which every measuring tool is told which two servers to compare. */
public final class ServerOptions {
    @Option(
            names = "--ours",
            paramLabel = "COMMAND",
            description = "The server in the first column (default: bin/carnelian-server).")
    private String ours = "";

    @Option(
            names = "--other",
            paramLabel = "COMMAND",
            description = "The server beside it (default: ${DEFAULT-VALUE}).")
    private String other = "redis-server";

    @Option(
            names = "--vs-self",
            description =
                    "Both columns run the --ours command, told apart by their options and"
                            + " environment: what one setting costs, or how large the noise is.")
    private boolean versusSelf;

    @Option(
            names = "--ours-opts",
            paramLabel = "OPTIONS",
            description = "Server options of ours, as one argument: \"--io-threads 2\".")
    private String oursOptions = "";

    @Option(
            names = "--other-opts",
            paramLabel = "OPTIONS",
            description = "Server options of the other.")
    private String otherOptions = "";

    @Option(
            names = "--ours-env",
            paramLabel = "NAME=VALUE",
            description = "Environment of ours, repeatable: CARNELIAN_JAVA_OPTS=-XX:+UseZGC.")
    private Map<String, String> oursEnvironment = new HashMap<>();

    @Option(
            names = "--other-env",
            paramLabel = "NAME=VALUE",
            description = "Environment of the other, repeatable.")
    private Map<String, String> otherEnvironment = new HashMap<>();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this and exit.")
    public boolean help;

    /** What to start for the first column, pinned to the given CPUs ("" is any). */
    public BenchServer.Spec ours(String cpus) {
        return new BenchServer.Spec(
                versusSelf ? "ours A" : "ours",
                oursCommand(),
                words(oursOptions),
                oursEnvironment,
                cpus);
    }

    /** What to start for the second column. */
    public BenchServer.Spec other(String cpus) {
        List<String> command = versusSelf ? oursCommand() : words(other);
        String label = versusSelf ? "ours B" : command.getFirst().replaceAll(".*/", "");
        return new BenchServer.Spec(label, command, words(otherOptions), otherEnvironment, cpus);
    }

    private List<String> oursCommand() {
        String home = System.getProperty("carnelian.home", ".");
        return ours.isEmpty() ? List.of(home + "/bin/carnelian-server") : words(ours);
    }

    /** Splits at blanks; the word {@code ''} is an empty argument. */
    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        for (String word : line.trim().split("\\s+", -1)) {
            if (!word.isEmpty()) {
                words.add(word.equals("''") ? "" : word);
            }
        }
        return words;
    }
}
