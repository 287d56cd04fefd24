package io.carnelian.server.settings;

import static io.carnelian.server.config.Parameter.HIDDEN;
import static io.carnelian.server.config.Parameter.IMMUTABLE;
import static io.carnelian.server.config.Parameter.PROTECTED;
import static io.carnelian.server.config.Parameter.SENSITIVE;
import static io.carnelian.server.settings.Rows.INT_MAX;
import static io.carnelian.server.settings.Rows.MB;
import static io.carnelian.server.settings.Rows.bytes;
import static io.carnelian.server.settings.Rows.count;
import static io.carnelian.server.settings.Rows.fixed;
import static io.carnelian.server.settings.Rows.fixedNo;
import static io.carnelian.server.settings.Rows.fixedText;
import static io.carnelian.server.settings.Rows.fixedYes;
import static io.carnelian.server.settings.Rows.no;
import static io.carnelian.server.settings.Rows.number;
import static io.carnelian.server.settings.Rows.one;
import static io.carnelian.server.settings.Rows.tcpPort;
import static io.carnelian.server.settings.Rows.text;
import static io.carnelian.server.settings.Rows.wide;
import static io.carnelian.server.settings.Rows.yes;

import io.carnelian.server.config.Amount;
import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.Parameter;
import io.carnelian.server.config.Text;
import io.carnelian.server.config.TextList;
import java.util.List;
import java.util.Locale;

/**
 * Everything of a Redis 7.0 and 7.2 redis.conf that is accepted and not applied yet: the one list
 * of it. A file that sets one of these gets a warning that names it. When a module takes a
 * parameter over, it adds a row of its own (which wins over the one here) or the name leaves {@link
 * #markUnneeded}, and the line here goes.
 */
public final class PendingSettings {
    private static final int HIDDEN_FIXED = HIDDEN | IMMUTABLE;

    private PendingSettings() {}

    /** Adds the rows that no module has added. Call it after all modules are installed. */
    public static void addTo(Config config, ServerSettings settings) {
        addReplication(config);
        addPersistence(config);
        addCluster(config);
        addTls(config);
        addOthers(config);
        refuse(config);
        markUnneeded(config, settings);
    }

    private static void add(Config config, Parameter... rows) {
        for (Parameter row : rows) {
            config.addPending(row);
        }
    }

    private static void addReplication(Config config) {
        add(
                config,
                new TextList("replicaof|slaveof", IMMUTABLE, List.of(), PendingSettings::primary),
                text("masteruser", ""),
                new Text("masterauth", SENSITIVE, ""),
                yes("replica-serve-stale-data|slave-serve-stale-data"),
                yes("replica-read-only|slave-read-only"),
                yes("repl-diskless-sync"),
                count("repl-diskless-sync-delay", 5),
                count("repl-diskless-sync-max-replicas", 0),
                one("repl-diskless-load", "disabled", "disabled", "on-empty-db", "swapdb"),
                number("repl-ping-replica-period|repl-ping-slave-period", 10, 1, INT_MAX),
                number("repl-timeout", 60, 1, INT_MAX),
                no("repl-disable-tcp-nodelay"),
                bytes("repl-backlog-size", MB, 1).clamped(16 * 1024, Long.MAX_VALUE),
                wide("repl-backlog-ttl", 3600),
                count("replica-priority|slave-priority", 100),
                yes("replica-announced"),
                text("replica-announce-ip|slave-announce-ip", ""),
                tcpPort("replica-announce-port|slave-announce-port", 0),
                count("min-replicas-to-write|min-slaves-to-write", 0),
                count("min-replicas-max-lag|min-slaves-max-lag", 10),
                yes("replica-ignore-maxmemory|slave-ignore-maxmemory"),
                no("replica-lazy-flush|slave-lazy-flush"),
                no("replica-ignore-disk-write-errors"),
                one(
                        "propagation-error-behavior",
                        "ignore",
                        "ignore",
                        "panic",
                        "panic-on-replicas"));
    }

    private static List<String> primary(List<String> words) throws BadValue {
        if (words.size() != 2) {
            throw new BadValue("wrong number of arguments");
        }
        if (words.get(0).equalsIgnoreCase("no") && words.get(1).equalsIgnoreCase("one")) {
            return List.of();
        }
        String port = words.get(1);
        boolean good =
                !port.isEmpty()
                        && port.length() < 6
                        && port.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!good || Integer.parseInt(port) > 65535) {
            throw new BadValue("Invalid master port");
        }
        return words;
    }

    private static void addPersistence(Config config) {
        add(
                config,
                new SavePoints(),
                yes("stop-writes-on-bgsave-error"),
                yes("rdbcompression"),
                fixedYes("rdbchecksum"),
                one("sanitize-dump-payload", "no", "no", "yes", "clients"),
                new Text(
                        "dbfilename",
                        PROTECTED,
                        "dump.rdb",
                        name -> notAPath(name, "dbfilename", "filename")),
                no("rdb-del-sync-files"),
                yes("rdb-save-incremental-fsync"),
                new Amount(
                        "rdb-key-save-delay",
                        HIDDEN,
                        Amount.Unit.PLAIN,
                        0,
                        Integer.MIN_VALUE,
                        INT_MAX),
                new Amount(
                        "key-load-delay", HIDDEN, Amount.Unit.PLAIN, 0, Integer.MIN_VALUE, INT_MAX),
                new Amount(
                        "loading-process-events-interval-bytes",
                        HIDDEN,
                        Amount.Unit.PLAIN,
                        2 * MB,
                        1024,
                        INT_MAX),
                no("appendonly"),
                new Text(
                        "appendfilename",
                        IMMUTABLE,
                        "appendonly.aof",
                        name -> notAPath(name, "appendfilename", "filename")),
                new Text(
                        "appenddirname",
                        IMMUTABLE,
                        "appendonlydir",
                        name -> notAPath(name, "appenddirname", "dirname")),
                one("appendfsync", "everysec", "everysec", "always", "no"),
                no("no-appendfsync-on-rewrite"),
                count("auto-aof-rewrite-percentage", 100),
                bytes("auto-aof-rewrite-min-size", 64 * MB, 0),
                yes("aof-load-truncated"),
                yes("aof-use-rdb-preamble"),
                no("aof-timestamp-enabled"),
                yes("aof-rewrite-incremental-fsync"),
                no("aof-disable-auto-gc"));
    }

    private static void notAPath(String name, String parameter, String kind) throws BadValue {
        if (name.indexOf('/') >= 0) {
            throw new BadValue(parameter + " can't be a path, just a " + kind);
        }
    }

    private static void addCluster(Config config) {
        add(
                config,
                fixedNo("cluster-enabled"),
                fixedText("cluster-config-file", "nodes.conf"),
                fixed("cluster-port", 0, 0, 65535),
                wide("cluster-node-timeout", 15_000),
                count("cluster-replica-validity-factor|cluster-slave-validity-factor", 10),
                count("cluster-migration-barrier", 1),
                yes("cluster-allow-replica-migration"),
                yes("cluster-require-full-coverage"),
                no("cluster-replica-no-failover|cluster-slave-no-failover"),
                no("cluster-allow-reads-when-down"),
                yes("cluster-allow-pubsubshard-when-down"),
                bytes("cluster-link-sendbuf-limit", 0, 0),
                text("cluster-announce-ip", ""),
                new Text("cluster-announce-hostname", 0, "", PendingSettings::hostname),
                text("cluster-announce-human-nodename", ""),
                tcpPort("cluster-announce-port", 0),
                tcpPort("cluster-announce-tls-port", 0),
                tcpPort("cluster-announce-bus-port", 0),
                one("cluster-preferred-endpoint-type", "ip", "ip", "hostname", "unknown-endpoint"));
    }

    private static void hostname(String name) throws BadValue {
        String lower = name.toLowerCase(Locale.ROOT);
        if (!lower.chars()
                .allMatch(c ->
                        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.')) {
            throw new BadValue(
                    "Hostnames may only contain alphanumeric characters, hyphens or dots");
        }
    }

    private static void addTls(Config config) {
        add(
                config,
                tcpPort("tls-port", 0),
                no("tls-cluster"),
                no("tls-replication"),
                one("tls-auth-clients", "yes", "no", "yes", "optional"),
                text("tls-cert-file", ""),
                text("tls-key-file", ""),
                new Text("tls-key-file-pass", SENSITIVE, ""),
                text("tls-client-cert-file", ""),
                text("tls-client-key-file", ""),
                new Text("tls-client-key-file-pass", SENSITIVE, ""),
                text("tls-dh-params-file", ""),
                text("tls-ca-cert-file", ""),
                text("tls-ca-cert-dir", ""),
                text("tls-protocols", ""),
                text("tls-ciphers", ""),
                text("tls-ciphersuites", ""),
                no("tls-prefer-server-ciphers"),
                yes("tls-session-caching"),
                count("tls-session-cache-size", 20_480),
                count("tls-session-cache-timeout", 300));
    }

    private static void addOthers(Config config) {
        add(
                config,
                fixedText("aclfile", ""),
                wide("acllog-max-len", 128),
                one("acl-pubsub-default", "resetchannels", "allchannels", "resetchannels"),
                wide("busy-reply-threshold|lua-time-limit", 5000),
                fixed("socket-mark-id", 0, 0, 4_294_967_295L),
                text("locale-collate", ""),
                number("max-new-connections-per-cycle", 10, 1, 1000),
                number("max-new-tls-connections-per-cycle", 1, 1, 1000),
                yes("jemalloc-bg-thread"),
                fixedText("server_cpulist", ""),
                new Text("server-cpulist", HIDDEN_FIXED, ""),
                fixedText("bio_cpulist", ""),
                new Text("bio-cpulist", HIDDEN_FIXED, ""),
                fixedText("aof_rewrite_cpulist", ""),
                new Text("aof-rewrite-cpulist", HIDDEN_FIXED, ""),
                fixedText("bgsave_cpulist", ""),
                new Text("bgsave-cpulist", HIDDEN_FIXED, ""),
                new Amount(
                        "list-max-ziplist-entries", HIDDEN_FIXED, Amount.Unit.PLAIN, 0, 0, INT_MAX),
                new Amount(
                        "list-max-ziplist-value", HIDDEN_FIXED, Amount.Unit.BYTES, 0, 0, INT_MAX));
    }

    /** What must not be passed over in silence: ignoring it would open a door, or lose data. */
    private static void refuse(Config config) {
        config.directive(
                "user",
                1,
                Integer.MAX_VALUE,
                words -> {
                    throw new BadValue("ACL users are not supported by this version");
                });
        config.directive(
                "loadmodule",
                1,
                Integer.MAX_VALUE,
                words -> {
                    throw new BadValue(
                            "modules are machine code for Redis and can't be loaded here");
                });
    }

    /**
     * Rows for values and peers that there are not yet, or that a JVM has no use for: its command
     * line, which is what {@code ps} shows, is the launcher's to keep, so there is no title to set.
     */
    private static void markUnneeded(Config config, ServerSettings settings) {
        KeyspaceSettings keyspace = settings.keyspace;
        ProcessSettings process = settings.process;
        Parameter[] unneeded = {
            keyspace.listCompressDepth,
            keyspace.streamNodeMaxBytes,
            keyspace.streamNodeMaxEntries,
            process.procTitleTemplate,
            process.crashMemcheckEnabled
        };
        for (Parameter row : unneeded) {
            config.markPending(row);
        }
    }
}
