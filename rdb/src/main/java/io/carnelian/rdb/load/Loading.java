package io.carnelian.rdb.load;

import io.carnelian.rdb.RdbConfig;
import io.carnelian.rdb.RdbLog;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.info.Fields;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.store.Keyspace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Loads the file of the data set at start, on a thread of its own into a keyspace that nobody else
 * knows, while clients are served what needs no data.
 *
 * <pre>
 *   prepare ──► file is there? gate LOADING armed
 *   begin   ──► loader thread: parse, insert ──► message ──► published by one exchange of roots
 *                     │ damaged, unreadable                       gate disarmed, ready
 *                     └──► the process ends: nothing was overwritten
 * </pre>
 *
 * Command thread only, but for what the loader thread runs.
 */
public final class Loading {
    private static final long REPORT_NANOS = 5_000_000_000L;

    private final Keyspace keyspace;
    private final Supplier<Keyspace> unpublished;
    private final ValueLimits limits;
    private final RdbConfig config;
    private final RdbLog log;
    private final Gates gates;
    private final Mailbox mailbox;
    private final InstantSource clock;
    private volatile @Nullable LoadProgress progress;
    private volatile boolean stopped;
    private volatile long delayMicros;
    private long lastReportNanos;

    /** Whether there was a file before the first client. */
    private boolean found;

    private @Nullable LoadResult last;
    private BooleanSupplier replica = () -> false;

    /**
     * @param unpublished makes an empty keyspace over the same pages
     */
    public Loading(
            Keyspace keyspace,
            Supplier<Keyspace> unpublished,
            ValueLimits limits,
            RdbConfig config,
            RdbLog log,
            Gates gates,
            Mailbox mailbox,
            InstantSource clock) {
        this.keyspace = keyspace;
        this.unpublished = unpublished;
        this.limits = limits;
        this.config = config;
        this.log = log;
        this.gates = gates;
        this.mailbox = mailbox;
        this.clock = clock;
        delayMicros = config.keyLoadDelayMicros.value;
        config.keyLoadDelayMicros.onApply(() -> delayMicros = config.keyLoadDelayMicros.value);
        gates.install(Gate.LOADING, call -> Errors.LOADING);
    }

    /** Whether this server is a replica: then it is its primary that deletes expired keys. */
    public void replica(BooleanSupplier is) {
        replica = is;
    }

    /** Whether keys are left out whose time is over. */
    boolean dropsExpired() {
        return !replica.getAsBoolean();
    }

    /** Whether a file is being loaded, or will be. */
    public boolean isActive() {
        return gates.isArmed(Gate.LOADING);
    }

    /**
     * Before the first client: refuses what needs data if there is a file to load.
     *
     * @return whether there is one
     */
    public boolean prepare() {
        // If it can't be told, it is there: opening it says why, and nothing is overwritten.
        found = !Files.notExists(config.file());
        if (found) {
            gates.arm(Gate.LOADING, true);
        }
        return found;
    }

    /**
     * Loads what {@link #prepare} found.
     *
     * @param ready runs on the command thread when the data is there; at once without a file
     * @param failing returns when the log may be told of a failure; on the loader thread
     * @param fatal ends the process; on the loader thread
     */
    public void begin(Consumer<@Nullable LoadResult> ready, Runnable failing, Runnable fatal) {
        if (!found) {
            ready.accept(null);
            return;
        }
        Path file = config.file();
        Keyspace target = emptyKeyspace();
        LoadOptions options =
                LoadOptions.of(clock.millis(), dropsExpired())
                        .deep(config.sanitizeDumpPayload.is("yes"))
                        .delayedBy(() -> delayMicros);
        LoadProgress begun = new LoadProgress(clock.millis(), length(file));
        progress = begun;
        Thread.ofPlatform()
                .daemon()
                .name("loader")
                .start(() -> run(file, target, options, begun, ready, failing, fatal));
    }

    private void run(
            Path file,
            Keyspace target,
            LoadOptions options,
            LoadProgress begun,
            Consumer<@Nullable LoadResult> ready,
            Runnable failing,
            Runnable fatal) {
        long start = System.nanoTime();
        lastReportNanos = start;
        try {
            LoadResult result = load(file, target, options, begun, true);
            if (result == null) {
                return;
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            target.handOver();
            mailbox.post(() -> publish(target, result, seconds, ready));
        } catch (IOException | RuntimeException | Error e) {
            failing.run();
            tellFailure(file, e);
            log.fatal();
            fatal.run();
        }
    }

    private void publish(
            Keyspace target,
            LoadResult result,
            double seconds,
            Consumer<@Nullable LoadResult> ready) {
        keyspace.adopt(target);
        progress = null;
        last = result;
        gates.arm(Gate.LOADING, false);
        log.loadedFromDisk(seconds);
        ready.accept(result);
    }

    /** Loads the file into a keyspace of the calling thread, for DEBUG RELOAD. */
    LoadResult loadNow(Keyspace target, LoadOptions options) throws IOException {
        Path file = config.file();
        LoadProgress begun = new LoadProgress(clock.millis(), length(file));
        try {
            LoadResult result = load(file, target, options, begun, false);
            if (result == null) {
                throw new IOException("stopped");
            }
            last = result;
            return result;
        } catch (IOException e) {
            tellFailure(file, e);
            throw e;
        }
    }

    private void tellFailure(Path file, Throwable e) {
        if (e instanceof FileSystemException) {
            log.cannotOpenForReading(file, e.toString());
        } else if (e instanceof IOException) {
            log.damaged(file, String.valueOf(e.getMessage()));
        } else {
            log.damaged(file, e.toString());
        }
    }

    /** An empty keyspace over the same pages, with the same ways. */
    Keyspace emptyKeyspace() {
        Keyspace empty = unpublished.get();
        empty.accessClock().useLfu(keyspace.accessClock().isLfu());
        return empty;
    }

    /** Null if it was stopped. */
    private @Nullable LoadResult load(
            Path file, Keyspace target, LoadOptions options, LoadProgress begun, boolean reports)
            throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            Loader loader = new Loader(target, limits, options, begun);
            loader.watchedBy(keys -> watch(begun, keys, reports)).tellingEmptyKeysTo(log::emptyKey);
            LoadResult result = loader.load(in);
            tell(result);
            return result;
        } catch (IOException e) {
            if (stopped) {
                return null;
            }
            throw e;
        }
    }

    private void watch(LoadProgress begun, long keys, boolean reports) throws IOException {
        if (stopped) {
            throw new IOException("stopped");
        }
        long now = System.nanoTime();
        if (reports && now - lastReportNanos > REPORT_NANOS) {
            lastReportNanos = now;
            log.loading(begun.bytes(), begun.totalBytes(), keys);
        }
    }

    private void tell(LoadResult result) {
        String version = result.facts().get("redis-ver");
        if (version != null) {
            log.producedBy(version);
        }
        String created = result.facts().getOrDefault("ctime", "");
        if (created.matches("[0-9]{1,15}")) {
            log.age(Math.max(0, clock.millis() / 1000 - Long.parseLong(created)));
        }
        String used = result.facts().getOrDefault("used-mem", "");
        if (used.matches("[0-9]{1,18}")) {
            log.memoryWhenCreated(Long.parseLong(used));
        }
        log.loaded(result);
    }

    /** The server ends: the loader thread gives up. */
    public void stop() {
        // The end may be refused later: then nothing must stop what is loaded after that.
        stopped = progress != null;
    }

    /** INFO persistence as far as it is about loading. */
    public void persistence(Fields to) {
        LoadProgress now = progress;
        to.put("loading", isActive() ? 1 : 0).put("async_loading", 0);
        LoadResult before = last;
        to.put("rdb_last_load_keys_expired", before == null ? 0 : before.expired());
        to.put("rdb_last_load_keys_loaded", before == null ? 0 : before.keys());
        if (now != null) {
            long seconds = Math.max(0, clock.millis() - now.startedAtMs()) / 1000;
            long bytes = now.bytes();
            long total = now.totalBytes();
            to.put("loading_start_time", now.startedAtMs() / 1000);
            to.put("loading_total_bytes", total);
            to.put("loading_rdb_used_mem", now.usedMemoryBytes());
            to.put("loading_loaded_bytes", bytes);
            to.put("loading_loaded_perc", Fields.fixed(total == 0 ? 0 : 100.0 * bytes / total, 2));
            long left = bytes == 0 ? 1 : seconds * (total - bytes) / bytes;
            to.put("loading_eta_seconds", left);
        }
    }

    private static long length(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            // Only INFO shows it; opening the file will say what is wrong.
            return 0;
        }
    }
}
