package io.carnelian.replication.stream;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * What a replica says to its primary before the stream comes, and what it makes of the answers:
 * lines in, steps out.
 *
 * <pre>
 *   begin ─PING─► PING ─┬─ +PONG ─► AUTH* ─► PORT ─► IP* ─► CAPA ─PSYNC─► PSYNC
 *                       │           (said at once, answered one by one; * if set)
 *                       └─ -… ─► OVER
 *   PSYNC ─┬─ +FULLRESYNC id offset ─► PAYLOAD
 *          ├─ +CONTINUE [id] ────────► CONTINUED
 *          ├─ anything else to FAILOVER ─► OVER: refused
 *          ├─ -NOMASTERLINK, -LOADING ─► OVER: later
 *          └─ anything else ─SYNC────► PAYLOAD, of an unknown position
 *   PAYLOAD ─┬─ $length, $EOF:mark ─► CONTINUED (the bytes are no lines any more)
 *            └─ -…, anything else ──► OVER
 * </pre>
 *
 * Empty lines keep the connection alive and mean nothing.
 */
public final class Handshake {
    /** What it waits for. */
    public enum Stage {
        PING,
        AUTH,
        PORT,
        IP,
        CAPA,
        PSYNC,
        PAYLOAD,
        CONTINUED,
        OVER
    }

    /**
     * What is said.
     *
     * @param user for AUTH; empty: the default user
     * @param password for AUTH; empty: none
     * @param port that others reach this server at
     * @param ip as {@code port}; empty: what the connection shows
     * @param replid the history to go on with, or {@link PsyncDecision#ANY}
     * @param byteNumber of the next byte that is wanted; -1 with no history
     * @param failover whether the other side, a replica of ours, is to become the primary
     */
    public record Words(
            String user,
            String password,
            int port,
            String ip,
            String replid,
            long byteNumber,
            boolean failover) {}

    /** What to do; in order. */
    public sealed interface Step {}

    /** A command to send. */
    public record Say(List<String> words) implements Step {
        Say(String... words) {
            this(List.of(words));
        }
    }

    /** Something to log; the line that it is about. */
    public record Note(Event event, String line) implements Step {}

    /** A payload will come, then the stream of this history from this offset on. */
    public record FullResync(String replid, long offset) implements Step {}

    /** A payload will come; nothing is known of its history. */
    public record LegacySync() implements Step {}

    /** The stream goes on where we stand, in the same history or, if not empty, in this one. */
    public record Continue(String replid) implements Step {}

    /** The next bytes are the payload: so many, or as many as come before the mark. */
    public record Payload(long length, String endMark) implements Step {}

    /** The connection is of no use now. */
    public record GiveUp(Event event, String line) implements Step {}

    /** Each has its sentence in the log. */
    public enum Event {
        PONG,
        NO_PONG,
        NO_AUTH,
        NO_LISTENING_PORT,
        NO_IP_ADDRESS,
        NO_CAPA,
        TRY_LATER,
        NO_PSYNC,
        BAD_PSYNC_ANSWER,
        BAD_FULLRESYNC,
        PAYLOAD_REFUSED,
        BAD_PAYLOAD_HEADER,
        FAILOVER_REFUSED
    }

    private final Words words;
    private final ArrayDeque<Stage> awaited = new ArrayDeque<>();
    private Stage stage = Stage.PING;

    public Handshake(Words words) {
        this.words = words;
    }

    public Stage stage() {
        return stage;
    }

    /** The connection is there. */
    public Say begin() {
        return new Say("PING");
    }

    /** The next line, without its end. */
    public List<Step> line(String line) {
        if (line.isEmpty()) {
            return List.of();
        }
        boolean refused = line.startsWith("-");
        return switch (stage) {
            case PING -> pong(line);
            case AUTH -> refused ? over(Event.NO_AUTH, line) : next(List.of());
            case PORT -> next(noted(refused, Event.NO_LISTENING_PORT, line));
            case IP -> next(noted(refused, Event.NO_IP_ADDRESS, line));
            case CAPA -> next(noted(refused, Event.NO_CAPA, line));
            case PSYNC -> psync(line);
            case PAYLOAD -> payload(line);
            case CONTINUED, OVER -> throw new IllegalStateException(stage + ": " + line);
        };
    }

    private List<Step> over(Event event, String line) {
        stage = Stage.OVER;
        return List.of(new GiveUp(event, line));
    }

    private static List<Step> noted(boolean refused, Event event, String line) {
        return refused ? List.of(new Note(event, line)) : List.of();
    }

    /** An old server without our password answers something else than +PONG and is fine. */
    private List<Step> pong(String line) {
        boolean fine =
                line.startsWith("+")
                        || line.startsWith("-NOAUTH")
                        || line.startsWith("-NOPERM")
                        || line.startsWith("-ERR operation not permitted");
        if (!fine) {
            return over(Event.NO_PONG, line);
        }
        List<Step> steps = new ArrayList<>();
        steps.add(new Note(Event.PONG, line));
        if (!words.password.isEmpty()) {
            awaited.add(Stage.AUTH);
            steps.add(
                    words.user.isEmpty()
                            ? new Say("AUTH", words.password)
                            : new Say("AUTH", words.user, words.password));
        }
        awaited.add(Stage.PORT);
        steps.add(new Say("REPLCONF", "listening-port", Integer.toString(words.port)));
        if (!words.ip.isEmpty()) {
            awaited.add(Stage.IP);
            steps.add(new Say("REPLCONF", "ip-address", words.ip));
        }
        awaited.add(Stage.CAPA);
        steps.add(new Say("REPLCONF", "capa", "eof", "capa", "psync2"));
        stage = awaited.remove();
        return steps;
    }

    private List<Step> next(List<Step> before) {
        if (!awaited.isEmpty()) {
            stage = awaited.remove();
            return before;
        }
        stage = Stage.PSYNC;
        List<Step> steps = new ArrayList<>(before);
        String byteNumber = Long.toString(words.byteNumber);
        steps.add(
                words.failover
                        ? new Say("PSYNC", words.replid, byteNumber, "FAILOVER")
                        : new Say("PSYNC", words.replid, byteNumber));
        return steps;
    }

    private List<Step> psync(String line) {
        if (line.startsWith("+FULLRESYNC")) {
            return fullResync(line);
        }
        if (line.startsWith("+CONTINUE")) {
            String id = line.substring("+CONTINUE".length()).trim();
            stage = Stage.CONTINUED;
            return List.of(new Continue(id.length() == ReplicationId.LENGTH ? id : ""));
        }
        if (words.failover) {
            return over(Event.FAILOVER_REFUSED, line);
        }
        if (line.startsWith("-NOMASTERLINK") || line.startsWith("-LOADING")) {
            return over(Event.TRY_LATER, line);
        }
        stage = Stage.PAYLOAD;
        Event event = line.startsWith("-ERR") ? Event.NO_PSYNC : Event.BAD_PSYNC_ANSWER;
        return List.of(new Note(event, line), new Say("SYNC"), new LegacySync());
    }

    private List<Step> fullResync(String line) {
        String[] parts = line.split(" ");
        boolean good =
                parts.length == 3
                        && parts[1].length() == ReplicationId.LENGTH
                        && parts[2].matches("[0-9]{1,18}");
        if (!good) {
            return over(Event.BAD_FULLRESYNC, line);
        }
        stage = Stage.PAYLOAD;
        return List.of(new FullResync(parts[1], Long.parseLong(parts[2])));
    }

    private List<Step> payload(String line) {
        String mark = line.startsWith("$EOF:") ? line.substring("$EOF:".length()) : "";
        if (mark.length() >= ReplicationId.LENGTH) {
            stage = Stage.CONTINUED;
            return List.of(new Payload(-1, mark.substring(0, ReplicationId.LENGTH)));
        }
        if (line.matches("\\$[1-9][0-9]{0,17}")) {
            stage = Stage.CONTINUED;
            return List.of(new Payload(Long.parseLong(line.substring(1)), ""));
        }
        return over(line.startsWith("-") ? Event.PAYLOAD_REFUSED : Event.BAD_PAYLOAD_HEADER, line);
    }
}
