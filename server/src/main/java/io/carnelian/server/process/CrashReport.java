package io.carnelian.server.process;

import io.carnelian.server.Version;
import io.carnelian.server.client.Client;
import io.carnelian.server.command.Executor;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.info.Info;
import io.carnelian.server.log.ServerLog;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last words of a server that can't go on: why, the stacks of all threads, whose command ran,
 * INFO. Any thread; what it reads may be changing, and a part that fails says so in its place.
 */
public final class CrashReport {
    private final Toggle enabled;
    private final Executor executor;
    private final Info info;

    /** {@code enabled} is {@code crash-log-enabled}. */
    public CrashReport(Toggle enabled, Executor executor, Info info) {
        this.enabled = enabled;
        this.executor = executor;
        this.info = info;
    }

    /** Writes the report. {@code why}: {@code crashed by signal: 6}. */
    public void write(String why, @Nullable Throwable cause) {
        StringBuilder text = new StringBuilder(16 * 1024);
        text.append("\n\n=== CARNELIAN BUG REPORT START: Cut & paste starting from here ===\n");
        text.append(Version.NAME).append(' ').append(Version.CARNELIAN).append(' ');
        text.append(why).append('\n');
        if (cause != null) {
            StringWriter stack = new StringWriter();
            cause.printStackTrace(new PrintWriter(stack, true));
            text.append(stack);
        }
        if (enabled.on) {
            text.append("\n------ STACK TRACE ------\n").append(Stacks.ofAll());
            text.append("\n------ CURRENT CLIENT INFO ------\n").append(client()).append('\n');
            text.append("\n------ INFO OUTPUT ------\n").append(infoText());
        }
        text.append("\n=== CARNELIAN BUG REPORT END. ===\n\n");
        ServerLog.crashed(why, text.toString());
    }

    private String client() {
        Client client = executor.running();
        if (client == null) {
            return "no command is running";
        }
        return client
                + " db="
                + client.db().index()
                + " user="
                + client.userName()
                + " cmd="
                + client.lastCommand();
    }

    private String infoText() {
        try {
            return info.text(List.of("everything")).replace("\r\n", "\n");
        } catch (RuntimeException e) {
            return "INFO failed: " + e;
        }
    }
}
