package io.carnelian.ops.cli;

import io.carnelian.ops.bench.RespLink;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code carnelian replication status}: asks a node whom it follows, up to the primary, then who
 * follows whom, down to the last replica.
 *
 * <pre>
 *   127.0.0.1:6379 primary offset 5120 backlog 1048576 bytes from 1
 *     127.0.0.1:6380 online offset 5120, 0 bytes behind, heard 312 ms ago
 *       127.0.0.1:6381 online offset 5106, 14 bytes behind, heard 1 s ago
 *   whole: 3 nodes, every link is up
 * </pre>
 */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:every node answers and every link is up",
            "1:a node does not answer, or a link is down",
            "2:the command line is wrong"
        },
        description = "Shows the whole chain that a node belongs to: roles, offsets, lag, backlog.")
final class ReplicationStatus implements Callable<Integer> {
    private static final int TIMEOUT_MS = 2_000;
    private static final int MAX_STEPS = 64;
    private static final String UNKNOWN = "?";

    @Parameters(
            index = "0",
            defaultValue = "127.0.0.1:6379",
            paramLabel = "HOST:PORT",
            description = "Any node of it (${DEFAULT-VALUE}).")
    private String address = "127.0.0.1:6379";

    @Option(names = "--user", description = "For AUTH, where nodes want it.")
    private @Nullable String user;

    @Option(
            names = "--password",
            interactive = true,
            arity = "0..1",
            description = "For AUTH; asked for if it is not behind the option.")
    private @Nullable String password;

    private final PrintStream out;
    private final Set<String> seen = new HashSet<>();
    private int troubles;

    ReplicationStatus(PrintStream out) {
        this.out = out;
    }

    /** The word between {@code carnelian} and {@code status}. */
    @Command(
            name = "replication",
            mixinStandardHelpOptions = true,
            synopsisSubcommandLabel = "status",
            description = "Looks at replication.")
    static final class Front {}

    @Override
    public Integer call() {
        String top = address;
        Set<String> above = new HashSet<>();
        Map<String, String> state = ask(top);
        while (state != null && isReplica(state) && above.add(top) && above.size() < MAX_STEPS) {
            String primary = field(state, "master_host") + ":" + field(state, "master_port");
            Map<String, String> next = ask(primary);
            if (next == null) {
                trouble(0, primary + " does not answer; it is the primary of " + top);
                break;
            }
            top = primary;
            state = next;
        }
        show(top, state, "", 0);
        out.printf(
                "%s: %d nodes, %s%n",
                troubles == 0 ? "whole" : "NOT WHOLE",
                seen.size(),
                troubles == 0 ? "every link is up" : troubles + " of what is wrong is above");
        return troubles == 0 ? Carnelian.OK : Carnelian.NOT_WELL;
    }

    private void show(String node, @Nullable Map<String, String> state, String link, int depth) {
        if (!seen.add(node)) {
            trouble(depth, node + " again: the chain is a circle");
            return;
        }
        if (state == null) {
            trouble(depth, node + " does not answer" + (link.isEmpty() ? "" : ", " + link));
            return;
        }
        boolean replica = isReplica(state);
        long offset = offset(state);
        String role = depth > 0 ? link : replica ? "replica" : "primary";
        out.printf(
                "%s%s %s, backlog %s bytes from %s%n",
                "  ".repeat(depth),
                node,
                depth > 0 ? role : role + " offset " + offset,
                field(state, "repl_backlog_histlen"),
                field(state, "repl_backlog_first_byte_offset"));
        if (replica && !field(state, "master_link_status").equals("up")) {
            trouble(depth + 1, "its link to the primary is down");
        }
        for (String each : replicas(state)) {
            String host = part(each, "ip");
            String port = part(each, "port");
            long behind = offset - number(part(each, "offset"));
            String text =
                    "%s offset %s, %d bytes behind, heard %s ago"
                            .formatted(
                                    part(each, "state"),
                                    part(each, "offset"),
                                    behind,
                                    silence(each));
            if (!part(each, "state").equals("online")) {
                troubles++;
            }
            show(host + ":" + port, ask(host + ":" + port), text, depth + 1);
        }
    }

    private void trouble(int depth, String text) {
        troubles++;
        out.printf("%s! %s%n", "  ".repeat(depth), text);
    }

    /** INFO replication of a node, or null if it does not answer that. */
    private @Nullable Map<String, String> ask(String node) {
        int colon = node.lastIndexOf(':');
        long port = number(node.substring(colon + 1));
        if (colon < 1 || port < 1 || port > 65535) {
            return null;
        }
        InetSocketAddress at = new InetSocketAddress(node.substring(0, colon), (int) port);
        try (RespLink link = new RespLink(at, TIMEOUT_MS)) {
            String secret = password;
            if (secret != null) {
                String name = user;
                var _ = link.require("AUTH", name == null ? "default" : name, secret);
            }
            Map<String, String> state = link.info("replication");
            return state.isEmpty() ? null : state;
        } catch (IOException e) {
            return null;
        }
    }

    private static boolean isReplica(Map<String, String> state) {
        return field(state, "role").equals("slave");
    }

    private static long offset(Map<String, String> state) {
        String own = state.get("slave_repl_offset");
        return number(own == null ? field(state, "master_repl_offset") : own);
    }

    private static List<String> replicas(Map<String, String> state) {
        List<String> replicas = new ArrayList<>();
        for (int i = 0; state.containsKey("slave" + i); i++) {
            replicas.add(field(state, "slave" + i));
        }
        return replicas;
    }

    private static String field(Map<String, String> state, String name) {
        return state.getOrDefault(name, UNKNOWN);
    }

    /** Of | name=value,name=value |. */
    private static String part(String text, String name) {
        for (String pair : text.split(",")) {
            if (pair.startsWith(name + "=")) {
                return pair.substring(name.length() + 1);
            }
        }
        return UNKNOWN;
    }

    /** In ms where the primary tells that, else in seconds, as redis-server does. */
    private static String silence(String replica) {
        String ms = part(replica, "lag_ms");
        return ms.equals(UNKNOWN) ? part(replica, "lag") + " s" : ms + " ms";
    }

    private static long number(String text) {
        return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
    }
}
