package io.carnelian.server.process;

import io.carnelian.server.log.UnixDatagrams;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code supervised}: tells the service manager that started this process how it is getting on.
 * systemd gets datagrams ({@code READY=1}) at the socket that {@code NOTIFY_SOCKET} names; upstart
 * waits for the process to stop itself once.
 *
 * <p>Source: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html.
 */
public final class Supervisor {
    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
    private static final String SOCKET = "NOTIFY_SOCKET";
    private static final String JOB = "UPSTART_JOB";

    private final String kind;
    private @Nullable UnixDatagrams socket;

    private Supervisor(String kind) {
        this.kind = kind;
    }

    /**
     * Finds out who supervises.
     *
     * @param wanted {@code no}, {@code auto}, {@code systemd} or {@code upstart}
     * @param environment of the process
     */
    public static Supervisor find(String wanted, Map<String, String> environment) {
        boolean any = wanted.equals("auto");
        if ((any || wanted.equals("upstart")) && environment.containsKey(JOB)) {
            return new Supervisor("upstart");
        }
        if ((any || wanted.equals("systemd")) && environment.containsKey(SOCKET)) {
            Supervisor systemd = new Supervisor("systemd");
            systemd.open(environment.getOrDefault(SOCKET, ""));
            return systemd;
        }
        if (wanted.equals("upstart")) {
            LOG.warn("upstart supervision requested, but {} not found", JOB);
        } else if (wanted.equals("systemd")) {
            LOG.warn("systemd supervision requested or auto-detected, but {} not set", SOCKET);
        }
        return new Supervisor("no");
    }

    private void open(String path) {
        try {
            socket = UnixDatagrams.open(path);
            LOG.info(
                    "Supervised by systemd. Please make sure you set appropriate values for"
                            + " TimeoutStartSec and TimeoutStopSec in your service unit.");
        } catch (IOException e) {
            LOG.warn("systemd supervision: can't reach {}: {}", path, e.getMessage());
        }
    }

    /** Whether somebody supervises; then the process does not put itself in the background. */
    public boolean isThere() {
        return !kind.equals("no");
    }

    /** The server answers requests now. */
    public void ready(long pid) {
        tell("STATUS=Ready to accept connections\nREADY=1\n");
        if (kind.equals("upstart")) {
            try {
                var _ = new ProcessBuilder("kill", "-STOP", Long.toString(pid)).start();
            } catch (IOException e) {
                LOG.warn("upstart supervision: can't stop this process: {}", e.getMessage());
            }
        }
    }

    /** The server is about to end. */
    public void stopping() {
        tell("STOPPING=1\n");
    }

    private void tell(String state) {
        UnixDatagrams to = socket;
        if (to != null) {
            to.send(state.getBytes(StandardCharsets.US_ASCII));
        }
    }
}
