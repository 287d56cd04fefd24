package io.carnelian.ops.cli;

import io.carnelian.ops.drill.DrillCommand;
import io.carnelian.ops.load.BenchCommand;
import io.carnelian.server.Version;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The front of all tools: {@code bin/carnelian COMMAND …}. */
@Command(
        name = "carnelian",
        versionProvider = Carnelian.VersionText.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Tools for those who run Carnelian.",
        footer = {
            "",
            "bin/carnelian COMMAND --help tells more; bin/carnelian-server is the server."
        })
public final class Carnelian implements Runnable {
    /** Ended with success. */
    static final int OK = 0;

    /** What was checked is not well. */
    static final int NOT_WELL = 1;

    @Spec private @Nullable CommandSpec spec;

    private Carnelian() {}

    /** Runs a tool; see {@code --help}. */
    public static void main(String[] args) {
        System.exit(commandLine(System.in, System.out).execute(args));
    }

    /** All tools, reading and printing to these. */
    static CommandLine commandLine(InputStream in, PrintStream out) {
        CommandLine replication =
                new CommandLine(new ReplicationStatus.Front())
                        .addSubcommand(new ReplicationStatus(out));
        return new CommandLine(new Carnelian())
                .addSubcommand(new CheckRdb(out))
                .addSubcommand(new CheckAof(in, out))
                .addSubcommand(replication)
                .addSubcommand(new DrillCommand(out))
                .addSubcommand(new BenchCommand(out))
                .addSubcommand(new CommandLine.HelpCommand())
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public void run() {
        throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "Which tool?");
    }

    static final class VersionText implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"carnelian " + Version.CARNELIAN + " redis=" + Version.REDIS};
        }
    }
}
