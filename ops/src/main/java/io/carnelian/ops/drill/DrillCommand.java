package io.carnelian.ops.drill;

import io.carnelian.ops.relay.Network;
import io.carnelian.ops.report.HtmlReport;
import io.carnelian.ops.report.Json;
import io.carnelian.ops.report.RoundResult;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code carnelian drill}: the command line, the rounds one after the other, and where results go.
 *
 * <pre>
 *   drill --scenario kill --wait 1 --rounds 5 --html page.html
 *   round 1: acknowledged 9812, lost 0, detected 1043 ms, promoted 2117 ms, writable 2131 ms, …
 * </pre>
 *
 * The processes that it starts end with it, whatever happens; their folder stays, for the logs.
 */
@Command(
        name = "drill",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:every round ended with all nodes equal, and lost nothing that could not be lost",
            "1:one did not, or could not be run",
            "2:the command line is wrong"
        },
        description = {
            "Starts a primary with replicas, lets clients write, and breaks the group on purpose.",
            "Tells what that cost: acknowledged writes that are lost (each is looked for), times"
                    + " to detect, promote and write again, errors, full and partial"
                    + " synchronizations.",
            "A write that was acknowledged by the primary alone may be lost when that dies or is"
                    + " cut off; with --wait 1 or more none may, nor where the role is handed"
                    + " over (coordinated, rolling-restart), nor where it stays (cut-link,"
                    + " slow-link).",
            "In the scenarios of links every node is behind a relay on this machine's loopback,"
                    + " whose port it announces; in split one more client is on the old primary's"
                    + " side, and what it loses is told apart. --min-replicas-to-write limits that"
                    + " to what is acknowledged until the primary misses its replicas."
        })
public final class DrillCommand implements Callable<Integer> {
    private static final Pattern TOPOLOGY = Pattern.compile("primary\\+([1-9])");
    private static final int FAILED = 1;

    /** Who fails over. */
    enum Kind {
        /** Three redis-sentinel processes. */
        SENTINEL,
        /** The drill itself, with REPLICAOF and FAILOVER. */
        COMMAND;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--topology",
            defaultValue = "primary+2",
            paramLabel = "primary+N",
            description = "A primary and 1 to 9 replicas (${DEFAULT-VALUE}).")
    private String topology = "primary+2";

    @Option(
            names = "--scenario",
            required = true,
            paramLabel = "NAME",
            description = "What goes wrong: ${COMPLETION-CANDIDATES}.")
    private Scenario scenario = Scenario.KILL;

    @Option(
            names = "--failover",
            defaultValue = "sentinel",
            paramLabel = "WHO",
            description = "Who fails over: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Kind failover = Kind.SENTINEL;

    @Option(
            names = "--rounds",
            defaultValue = "1",
            description = "How many rounds, one after the other (${DEFAULT-VALUE}).")
    private int rounds = 1;

    @Option(
            names = "--clients",
            defaultValue = "4",
            description = "Connections that write (${DEFAULT-VALUE}).")
    private int clients = 4;

    @Option(
            names = "--rate",
            defaultValue = "2000",
            description = "Writes a second, of all of them together (${DEFAULT-VALUE}).")
    private int rate = 2000;

    @Option(
            names = "--wait",
            defaultValue = "0",
            paramLabel = "REPLICAS",
            description = "Replicas that confirm a write before it counts (${DEFAULT-VALUE}).")
    private int wait;

    @Option(
            names = "--wait-ms",
            defaultValue = "1000",
            description = "How long that is waited for (${DEFAULT-VALUE}).")
    private int waitMs = 1000;

    @Option(
            names = "--down-after-ms",
            defaultValue = "1000",
            description = "Silence after which a node is thought to be down (${DEFAULT-VALUE}).")
    private int downAfterMs = 1000;

    @Option(
            names = "--outage-ms",
            defaultValue = "3000",
            description = "How long links are ill, at least (${DEFAULT-VALUE}).")
    private int outageMs = 3000;

    @Option(
            names = "--cut",
            paramLabel = "HOW",
            description =
                    "What becomes of connections of a link that is cut: they stay and are silent,"
                            + " or are reset, new ones too: ${COMPLETION-CANDIDATES} (reset in"
                            + " cut-link, silent in split).")
    private LinkFaults.@Nullable Cut cut;

    @Option(
            names = "--link-rate",
            defaultValue = "0",
            paramLabel = "BYTES",
            description =
                    "Bytes a second that pass a slow link; 0: half of what the stream grows by"
                            + " (${DEFAULT-VALUE}).")
    private long linkRate;

    @Option(
            names = "--link-delay-ms",
            defaultValue = "50",
            description = "How much later they arrive, each way (${DEFAULT-VALUE}).")
    private int linkDelayMs = 50;

    @Option(
            names = "--min-replicas-to-write",
            defaultValue = "0",
            paramLabel = "REPLICAS",
            description =
                    "The nodes' min-replicas-to-write: with fewer of them a primary refuses"
                            + " writes (${DEFAULT-VALUE}).")
    private int minReplicas;

    @Option(
            names = "--min-replicas-max-lag",
            defaultValue = "2",
            paramLabel = "SECONDS",
            description = "Silence after which one does not count for that (${DEFAULT-VALUE}).")
    private int maxLag = 2;

    @Option(
            names = "--unprepared",
            description =
                    "Sentinels: do not let the primary refuse writes, and replicas catch up,"
                            + " before SENTINEL FAILOVER; what is written until clients hear of"
                            + " the new primary is lost then.")
    private boolean unprepared;

    @Option(
            names = "--server",
            paramLabel = "PROGRAM",
            description = "The server; by default the one beside this tool.")
    private @Nullable String server;

    @Option(
            names = "--option",
            paramLabel = "WORD",
            description = "One more word of every server's command line; may come often.")
    private List<String> options = new ArrayList<>();

    @Option(names = "--json", paramLabel = "FILE", description = "Where to write all of it.")
    private @Nullable Path json;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Where to write a page with drawings.")
    private @Nullable Path html;

    @Option(
            names = "--folder",
            paramLabel = "FOLDER",
            description = "Where nodes keep data and logs; a new temporary one by default.")
    private @Nullable Path folder;

    @Spec private @Nullable CommandSpec spec;

    private final PrintStream out;

    /**
     * @param out where results go
     */
    public DrillCommand(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        int replicas = replicas();
        Path given = folder;
        Path place = given == null ? Files.createTempDirectory("carnelian-drill-") : given;
        out.printf("Nodes keep their data and logs in %s%n", place);
        List<RoundResult> results = new ArrayList<>();
        try (Network network = scenario.needsRelays() ? new Network() : null) {
            run(place.toAbsolutePath(), replicas, network, results);
        } catch (IOException e) {
            out.println("The drill could not go on: " + e.getMessage());
            write(results);
            return FAILED;
        }
        write(results);
        return results.stream().allMatch(this::isWell) ? 0 : FAILED;
    }

    private void run(Path place, int replicas, @Nullable Network network, List<RoundResult> results)
            throws IOException, InterruptedException {
        List<String> directives =
                minReplicas == 0
                        ? List.of()
                        : List.of(
                                "min-replicas-to-write " + minReplicas,
                                "min-replicas-max-lag " + maxLag);
        DrillNode.Plan plan = new DrillNode.Plan(program(), options, directives, network);
        Writers.Load load = new Writers.Load(clients, rate, wait, waitMs);
        LinkFaults.Severity severity =
                new LinkFaults.Severity(outageMs, howCut(), linkRate, linkDelayMs);
        try (Group group = new Group(place, plan, replicas);
                Failover who = failover(group, place)) {
            for (int number = 1; number <= rounds; number++) {
                if (!group.awaitSteady(who, Round.STEADY_MS)) {
                    throw new IOException("the group is not steady before round " + number);
                }
                RoundResult result =
                        new Round(group, who, scenario, load, network, severity).run(number);
                results.add(result);
                out.println(result.line());
            }
        }
    }

    private LinkFaults.Cut howCut() {
        LinkFaults.Cut given = cut;
        if (given != null) {
            return given;
        }
        return scenario == Scenario.SPLIT ? LinkFaults.Cut.SILENT : LinkFaults.Cut.RESET;
    }

    private int replicas() {
        Matcher matcher = TOPOLOGY.matcher(topology);
        int replicas = matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
        CommandSpec own = spec;
        if (own == null) {
            return replicas;
        }
        if (replicas == 0 || Math.max(wait, minReplicas) > replicas) {
            throw new ParameterException(
                    own.commandLine(),
                    "--topology is primary+1 to primary+9, --wait and --min-replicas-to-write at"
                            + " most that");
        }
        if (rounds < 1 || clients < 1 || rate < 1 || downAfterMs < 1 || outageMs < 1) {
            throw new ParameterException(
                    own.commandLine(), "rounds, clients, rate and times are 1 or more");
        }
        if (Math.min(wait, minReplicas) < 0 || waitMs < 1 || linkRate < 0 || linkDelayMs < 0) {
            throw new ParameterException(
                    own.commandLine(), "replicas, rate and delay of a link are 0 or more");
        }
        return replicas;
    }

    private List<String> program() {
        String wanted = server;
        String home = System.getProperty("carnelian.home", ".");
        return List.of(wanted == null ? home + "/bin/carnelian-server" : wanted);
    }

    private Failover failover(Group group, Path place) throws IOException, InterruptedException {
        return switch (failover) {
            case SENTINEL -> new SentinelFailover(place, group.nodes(), downAfterMs, !unprepared);
            case COMMAND -> new CommandFailover(group.nodes(), downAfterMs);
        };
    }

    /** Whether a round is as it has to be. */
    private boolean isWell(RoundResult round) {
        boolean moved = round.times().writableMs() >= 0;
        boolean lostNothing = round.lostOfAll() == 0;
        return moved == scenario.moves()
                && round.steady()
                && round.equal()
                && (mayLose() || lostNothing);
    }

    private boolean mayLose() {
        boolean blindly = failover == Kind.SENTINEL && unprepared;
        return wait == 0 && scenario.moves() && (!scenario.isHandedOver() || blindly);
    }

    private void write(List<RoundResult> results) throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("scenario", scenario.toString());
        settings.put("topology", topology);
        settings.put("failover", failover.toString());
        settings.put("server", program().getFirst());
        settings.put("options", String.join(" ", options));
        settings.put("clients", clients);
        settings.put("writes_per_second", rate);
        settings.put("wait_replicas", wait);
        settings.put("down_after_ms", downAfterMs);
        settings.put("min_replicas_to_write", minReplicas);
        if (minReplicas > 0) {
            settings.put("min_replicas_max_lag", maxLag);
        }
        if (scenario.needsRelays()) {
            settings.put("outage_ms", outageMs);
            settings.put("cut", howCut().toString());
        }
        if (scenario.isHandedOver() && failover == Kind.SENTINEL) {
            settings.put("writes_stopped_first", !unprepared);
        }
        Path page = html;
        if (page != null) {
            String title = "Drill: " + scenario + ", " + topology;
            Files.writeString(page, HtmlReport.of(title, settings, results));
            out.printf("written: %s%n", page);
        }
        Path data = json;
        if (data != null) {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("settings", settings);
            all.put("rounds", results.stream().map(RoundResult::asMap).toList());
            Files.writeString(data, Json.of(all));
            out.printf("written: %s%n", data);
        }
    }
}
