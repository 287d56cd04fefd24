package io.carnelian.server.settings;

import static io.carnelian.server.config.Parameter.HIDDEN;
import static io.carnelian.server.settings.Rows.LONG_MAX;

import io.carnelian.server.config.Amount;
import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.Choice;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.Parameter;
import io.carnelian.server.config.Text;
import io.carnelian.server.config.TextList;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.config.WorkingDir;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * The process: its pace ({@code hz}), its log, its place in the machine (directory, pid file,
 * supervision), how it ends, what may be asked of it, and what it keeps account of (slow log,
 * latency).
 */
public final class ProcessSettings {
    private static final int MIN_HZ = 1;
    private static final int MAX_HZ = 500;
    private static final List<String> TEMPLATE_NAMES =
            List.of(
                    "title",
                    "listen-addr",
                    "server-mode",
                    "port",
                    "tls-port",
                    "unixsocket",
                    "config-file");
    private static final String[] SHUTDOWN = {"default", "save", "nosave", "now", "force"};
    private static final String[] WHO_MAY = {"no", "yes", "local"};

    public final Amount hz = Amount.of("hz", 0, 10, 0, Integer.MAX_VALUE).clamped(MIN_HZ, MAX_HZ);
    public final Toggle dynamicHz = Rows.yes("dynamic-hz");
    public final WorkingDir dir = new WorkingDir();
    public final Toggle daemonize = Rows.fixedNo("daemonize");
    public final Text pidfile = Rows.fixedText("pidfile", "");
    public final Choice supervised =
            Rows.fixedOne("supervised", "no", "upstart", "systemd", "auto", "no");
    public final Toggle alwaysShowLogo = Rows.fixedNo("always-show-logo");
    public final Choice loglevel =
            Rows.one("loglevel", "notice", "debug", "verbose", "notice", "warning", "nothing");
    public final Text logfile = Rows.fixedText("logfile", "");
    public final Toggle syslogEnabled = Rows.fixedNo("syslog-enabled");
    public final Text syslogIdent = Rows.fixedText("syslog-ident", "redis");
    public final Choice syslogFacility =
            Rows.fixedOne(
                    "syslog-facility",
                    "local0",
                    "user",
                    "local0",
                    "local1",
                    "local2",
                    "local3",
                    "local4",
                    "local5",
                    "local6",
                    "local7");

    public final Choice shutdownOnSigint = Choice.setOf("shutdown-on-sigint", 0, SHUTDOWN);
    public final Choice shutdownOnSigterm = Choice.setOf("shutdown-on-sigterm", 0, SHUTDOWN);
    public final Amount shutdownTimeoutSeconds = Rows.count("shutdown-timeout", 10);

    public final Choice enableProtectedConfigs =
            Rows.fixedOne("enable-protected-configs", "no", WHO_MAY);
    public final Choice enableDebugCommand = Rows.fixedOne("enable-debug-command", "no", WHO_MAY);
    public final Choice enableModuleCommand = Rows.fixedOne("enable-module-command", "no", WHO_MAY);

    public final Amount slowlogMicros =
            Rows.number("slowlog-log-slower-than", 10_000, -1, LONG_MAX);
    public final Amount slowlogMaxLen = Rows.wide("slowlog-max-len", 128);
    public final Amount latencyMonitorThresholdMs = Rows.wide("latency-monitor-threshold", 0);
    public final Toggle latencyTracking = Rows.yes("latency-tracking");
    public final TextList latencyPercentiles =
            new TextList(
                    "latency-tracking-info-percentiles",
                    0,
                    List.of("50", "99", "99.9"),
                    ProcessSettings::percentiles);

    public final Toggle setProcTitle = Rows.fixedYes("set-proc-title");
    public final Text procTitleTemplate =
            new Text(
                    "proc-title-template",
                    0,
                    "{title} {listen-addr} {server-mode}",
                    ProcessSettings::checkTemplate);
    public final Choice oomScoreAdj =
            Rows.one("oom-score-adj", "no", "no", "yes", "relative", "absolute");
    public final TextList oomScoreAdjValues =
            new TextList(
                    "oom-score-adj-values",
                    0,
                    List.of("0", "200", "800"),
                    ProcessSettings::oomScores);
    public final Toggle disableThp = Rows.fixedYes("disable-thp");
    public final Text ignoreWarnings = Rows.text("ignore-warnings", "");
    public final Toggle crashLogEnabled = Rows.yes("crash-log-enabled");
    public final Toggle crashMemcheckEnabled = Rows.yes("crash-memcheck-enabled");
    public final Toggle useExitOnPanic = new Toggle("use-exit-on-panic", HIDDEN, false);
    public final Amount watchdogPeriodMs =
            Amount.of("watchdog-period", HIDDEN, 0, 0, Integer.MAX_VALUE);

    ProcessSettings(Config config) {
        Parameter[] rows = {
            hz,
            dynamicHz,
            dir,
            daemonize,
            pidfile,
            supervised,
            alwaysShowLogo,
            loglevel,
            logfile,
            syslogEnabled,
            syslogIdent,
            syslogFacility,
            shutdownOnSigint,
            shutdownOnSigterm,
            shutdownTimeoutSeconds,
            enableProtectedConfigs,
            enableDebugCommand,
            enableModuleCommand,
            slowlogMicros,
            slowlogMaxLen,
            latencyMonitorThresholdMs,
            latencyTracking,
            latencyPercentiles,
            setProcTitle,
            procTitleTemplate,
            oomScoreAdj,
            oomScoreAdjValues,
            disableThp,
            ignoreWarnings,
            crashLogEnabled,
            crashMemcheckEnabled,
            useExitOnPanic,
            watchdogPeriodMs
        };
        for (Parameter row : rows) {
            config.add(row);
        }
        shutdownOnSigint.onParsed(ProcessSettings::checkShutdown);
        shutdownOnSigterm.onParsed(ProcessSettings::checkShutdown);
    }

    private static void checkShutdown(List<String> words) throws BadValue {
        if (words.contains("save") && words.contains("nosave")) {
            throw new BadValue("shutdown options SAVE and NOSAVE can't be used simultaneously");
        }
    }

    private static List<String> percentiles(List<String> words) throws BadValue {
        List<String> kept = new ArrayList<>();
        for (String word : words) {
            if (word.isEmpty() && words.size() == 1) {
                return List.of();
            }
            BigDecimal percentile;
            try {
                percentile = new BigDecimal(word);
            } catch (NumberFormatException e) {
                throw new BadValue("Invalid latency-tracking-info-percentiles parameters");
            }
            if (percentile.signum() < 0 || percentile.compareTo(BigDecimal.valueOf(100)) > 0) {
                throw new BadValue(
                        "latency-tracking-info-percentiles parameters should sit between"
                                + " [0.0,100.0]");
            }
            kept.add(percentile.stripTrailingZeros().toPlainString());
        }
        return kept;
    }

    private static void checkTemplate(String template) throws BadValue {
        boolean good = !template.isEmpty();
        int open = template.indexOf('{');
        while (good && open >= 0) {
            int close = template.indexOf('}', open);
            good = close > 0 && TEMPLATE_NAMES.contains(template.substring(open + 1, close));
            open = template.indexOf('{', open + 1);
        }
        if (!good) {
            throw new BadValue("template format is invalid or contains unknown variables");
        }
    }

    private static List<String> oomScores(List<String> words) throws BadValue {
        if (words.size() != 3) {
            throw new BadValue("wrong number of arguments");
        }
        for (String word : words) {
            boolean good;
            try {
                int score = Integer.parseInt(word);
                good = score >= -2000 && score <= 2000;
            } catch (NumberFormatException e) {
                good = false;
            }
            if (!good) {
                throw new BadValue(
                        "Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
            }
        }
        return words;
    }
}
