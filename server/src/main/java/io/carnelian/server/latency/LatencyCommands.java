package io.carnelian.server.latency;

import static io.carnelian.server.command.Flags.ADMIN;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.admin.HelpText;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Reply;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/** LATENCY: the spikes that the monitor saw, and the histograms of commands. */
public final class LatencyCommands {
    private static final int FLAGS = ADMIN | NOSCRIPT | LOADING | STALE;
    private static final String[] HELP = {
        "DOCTOR",
        "    Say in words what was seen and what may help.",
        "GRAPH <event>",
        "    Draw the samples of an event.",
        "HISTORY <event>",
        "    The samples of an event: when and how many milliseconds.",
        "LATEST",
        "    The latest and the worst sample of every event.",
        "RESET [<event> ...]",
        "    Forget the samples of these events, or of all.",
        "HISTOGRAM [<command> ...]",
        "    How many calls of these commands, or of all, took up to how many microseconds.",
    };

    private final LatencyMonitor monitor;
    private final CommandLatency histograms;
    private final CommandTable commands;
    private final LongSupplier slowlogMicros;
    private final InstantSource clock;

    /** {@code slowlogMicros} is {@code slowlog-log-slower-than}, for the doctor. */
    public LatencyCommands(
            LatencyMonitor monitor,
            CommandLatency histograms,
            CommandTable commands,
            LongSupplier slowlogMicros,
            InstantSource clock) {
        this.monitor = monitor;
        this.histograms = histograms;
        this.commands = commands;
        this.slowlogMicros = slowlogMicros;
        this.clock = clock;
    }

    public void addTo(CommandTable table) {
        Command container = table.container("latency", 0);
        container.sub("doctor", 2, FLAGS, Keys.NONE, 0, this::doctor);
        container.sub("graph", 3, FLAGS, Keys.NONE, 0, this::graph);
        container.sub("histogram", -2, FLAGS, Keys.NONE, 0, this::histogram);
        container.sub("history", 3, FLAGS, Keys.NONE, 0, this::history);
        container.sub("latest", 2, FLAGS, Keys.NONE, 0, this::latest);
        container.sub("reset", -2, FLAGS, Keys.NONE, 0, this::reset);
        container.sub("help", 2, LOADING | STALE, Keys.NONE, 0, HelpText.of("LATENCY", HELP));
    }

    private long nowSeconds() {
        return clock.instant().getEpochSecond();
    }

    private void doctor(Call call) {
        String report = LatencyDoctor.report(monitor, slowlogMicros.getAsLong(), nowSeconds());
        call.reply().verbatim("txt", Reply.ascii(report));
    }

    private void graph(Call call) {
        LatencyEvent event = monitor.event(call.string(2));
        if (event == null) {
            throw ErrorReply.of("ERR No samples available for event '" + call.shown(2) + "'")
                    .error();
        }
        call.reply().verbatim("txt", Reply.ascii(LatencyGraph.of(event, nowSeconds())));
    }

    private void history(Call call) {
        LatencyEvent event = monitor.event(call.string(2));
        int count = event == null ? 0 : event.count();
        call.reply().array(count);
        for (int i = 0; event != null && i < count; i++) {
            call.reply().array(2);
            call.reply().integer(event.seconds(i));
            call.reply().integer(event.ms(i));
        }
    }

    private void latest(Call call) {
        call.reply().array(monitor.events().size());
        for (LatencyEvent event : monitor.events()) {
            int last = event.count() - 1;
            call.reply().array(4);
            call.reply().bulk(event.name());
            call.reply().integer(event.seconds(last));
            call.reply().integer(event.ms(last));
            call.reply().integer(event.worstMs());
        }
    }

    private void reset(Call call) {
        int forgotten = call.argc() == 2 ? monitor.resetAll() : 0;
        for (int i = 2; i < call.argc(); i++) {
            forgotten += monitor.reset(call.string(i)) ? 1 : 0;
        }
        call.reply().integer(forgotten);
    }

    private void histogram(Call call) {
        List<Command> wanted = new ArrayList<>();
        if (call.argc() == 2) {
            wanted.addAll(commands.all());
        }
        for (int i = 2; i < call.argc(); i++) {
            Command command = commands.named(call.string(i).toLowerCase(Locale.ROOT));
            if (command != null) {
                wanted.add(command);
            }
        }
        histograms.reply(call.reply(), wanted);
    }
}
