package io.carnelian.integration.container;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.carnelian.integration.ServerProcess;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The container engine as the tests find it: what dead runs have left is removed, the images are
 * those of this build, and somebody outside waits for the end of this process, to remove what it
 * leaves. All that once a run, before the first container.
 *
 * <p>Testcontainers has a container for the last of these (Ryuk), whose image can't be pulled here.
 */
final class Engine {
    /** On everything that the tests make: whose it is. */
    static final String LABEL = "io.carnelian.test";

    private static final String SWEEP = "container-sweep";
    private static final int START_FIELD = 22;
    private static boolean ready;

    private Engine() {}

    /** Returns when containers can be made. */
    static synchronized void prepare() {
        if (ready) {
            return;
        }
        run(SWEEP);
        watch();
        run("container-base");
        ready = true;
    }

    /** {@link #LABEL} and this process. */
    static Map<String, String> labels() {
        return Map.of(LABEL, owner(ProcessHandle.current().pid()));
    }

    /** The label's value for a process of this machine: host, number, start. */
    static String owner(long pid) {
        try {
            String host = Files.readString(Path.of("/proc/sys/kernel/hostname"), UTF_8).trim();
            return host + ":" + pid + ":" + startTicks(pid);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes what dead runs have left. */
    static void sweep() {
        run(SWEEP);
    }

    /** Where this machine listens for containers on the default bridge. */
    static InetAddress gateway(Node seenFrom) throws IOException {
        return InetAddress.getByName(seenFrom.bridgeGateway());
    }

    private static String startTicks(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), UTF_8);
        // The second field is a name in parentheses, blanks and all.
        String behindName = stat.substring(stat.lastIndexOf(')') + 2);
        return behindName.split(" ")[START_FIELD - 3];
    }

    /** In a session of its own: what kills this process and its group leaves it alone. */
    private static void watch() {
        long pid = ProcessHandle.current().pid();
        try {
            String sweep = ServerProcess.launcher(SWEEP).toString();
            new ProcessBuilder("setsid", sweep, Long.toString(pid), startTicks(pid))
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(String program) {
        try {
            Process process =
                    new ProcessBuilder(ServerProcess.launcher(program).toString())
                            .redirectErrorStream(true)
                            .start();
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(program + ": " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in " + program, e);
        }
    }
}
