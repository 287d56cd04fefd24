package io.carnelian.server.info;

import io.carnelian.server.Cron;
import io.carnelian.server.Version;
import io.carnelian.server.config.Config;
import io.carnelian.server.settings.ServerSettings;
import java.nio.file.Path;
import java.time.InstantSource;

/** INFO Server and CPU: the process and its machine. */
public final class ServerSection {
    private static final int DAY_SECONDS = 86_400;
    private static final int CLOCK_BITS = 24;

    private final Identity identity;
    private final Config config;
    private final ServerSettings settings;
    private final Cron cron;
    private final String transport;
    private final InstantSource clock;

    /** {@code transport} is the name of what moves bytes: io_uring, epoll, nio. */
    public ServerSection(
            Identity identity,
            Config config,
            ServerSettings settings,
            Cron cron,
            String transport,
            InstantSource clock) {
        this.identity = identity;
        this.config = config;
        this.settings = settings;
        this.cron = cron;
        this.transport = transport;
        this.clock = clock;
    }

    public void addTo(Info info) {
        info.write("Server", this::server);
        info.write("CPU", ServerSection::cpu);
    }

    private void server(Fields to) {
        long nowMs = clock.millis();
        long uptimeSeconds = (nowMs - identity.startedAtMs()) / 1000;
        Path file = config.file();
        to.put("redis_version", Version.REDIS);
        to.put("redis_git_sha1", "00000000").put("redis_git_dirty", 0);
        to.put("redis_build_id", Version.CARNELIAN);
        to.put("redis_mode", "standalone");
        to.put("os", os()).put("arch_bits", 64);
        to.put("monotonic_clock", "POSIX clock_gettime");
        to.put("multiplexing_api", transport);
        to.put("atomicvar_api", "java").put("gcc_version", "0.0.0");
        to.put("process_id", identity.pid());
        to.put("process_supervised", settings.process.supervised.text());
        to.put("run_id", identity.runId());
        to.put("tcp_port", settings.net.port.value);
        to.put("server_time_usec", nowMs * 1000);
        to.put("uptime_in_seconds", uptimeSeconds);
        to.put("uptime_in_days", uptimeSeconds / DAY_SECONDS);
        to.put("hz", cron.hz()).put("configured_hz", settings.process.hz.value);
        to.put("lru_clock", nowMs / 1000 & (1 << CLOCK_BITS) - 1);
        to.put("executable", identity.executable());
        to.put("config_file", file == null ? "" : file.toString());
        to.put("io_threads_active", settings.net.ioThreads.value > 1 ? 1 : 0);
        to.put("carnelian_version", Version.CARNELIAN);
        to.put("java_version", System.getProperty("java.version", ""));
    }

    private static String os() {
        String arch = System.getProperty("os.arch", "");
        return System.getProperty("os.name", "")
                + " "
                + System.getProperty("os.version", "")
                + " "
                + (arch.equals("amd64") ? "x86_64" : arch);
    }

    /** Called on the command thread, whose time is what Redis calls that of the main thread. */
    private static void cpu(Fields to) {
        ProcFiles.CpuTime process = ProcFiles.ofProcess();
        ProcFiles.CpuTime thread = ProcFiles.ofThisThread();
        to.put("used_cpu_sys", Fields.fixed(process.system(), 6));
        to.put("used_cpu_user", Fields.fixed(process.user(), 6));
        to.putAll("0.000000", "used_cpu_sys_children", "used_cpu_user_children");
        to.put("used_cpu_sys_main_thread", Fields.fixed(thread.system(), 6));
        to.put("used_cpu_user_main_thread", Fields.fixed(thread.user(), 6));
    }
}
