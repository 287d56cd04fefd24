package io.carnelian.ops.admin;

import io.carnelian.server.command.Command;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.config.Amount;
import io.carnelian.server.info.Info;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/** Asks the command thread for figures. */
final class FigureSource {
    private static final List<String> ALL = List.of("everything");

    private final Info info;
    private final CommandTable commands;
    private final Amount readyMaxLagMs;
    private final Consumer<Runnable> commandThread;

    FigureSource(
            Info info,
            CommandTable commands,
            Amount readyMaxLagMs,
            Consumer<Runnable> commandThread) {
        this.info = info;
        this.commands = commands;
        this.readyMaxLagMs = readyMaxLagMs;
        this.commandThread = commandThread;
    }

    /**
     * Waits for figures. Any thread but the command thread.
     *
     * @throws TimeoutException if the command thread does not come to it in time
     */
    Figures ask(long timeoutMs) throws TimeoutException, InterruptedException {
        CompletableFuture<Figures> answer = new CompletableFuture<>();
        commandThread.accept(() -> answer.complete(take()));
        try {
            return answer.get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("figures could not be taken", e.getCause());
        }
    }

    /**
     * Command thread. Copies histograms, which costs a microsecond each; buckets are for others.
     */
    private Figures take() {
        List<Figures.Latency> latencies = new ArrayList<>();
        for (Command command : commands.withSubcommands()) {
            Histogram histogram = command.latency();
            if (histogram != null && histogram.getTotalCount() > 0) {
                latencies.add(new Figures.Latency(command.fullName(), histogram.copy()));
            }
        }
        return Figures.of(info.text(ALL), latencies, readyMaxLagMs.value);
    }
}
