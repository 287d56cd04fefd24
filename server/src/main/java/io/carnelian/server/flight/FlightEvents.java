package io.carnelian.server.flight;

import java.util.List;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/**
 * The doors to the flight recorder ({@code jcmd PID JFR.start}). Until a process has its first
 * recording they cost one comparison, and no class of an event is loaded: registering events at the
 * start would take tens of milliseconds of it. The server comes here only where it is slow anyway,
 * or begins and ends a snapshot.
 */
public final class FlightEvents {
    /** Small runtimes are linked without that module. */
    private static final boolean PRESENT = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private FlightEvents() {}

    /** Whether there is, or was, a recording in this process. */
    public static boolean areWanted() {
        return PRESENT && FlightRecorder.isInitialized();
    }

    /**
     * A command took long.
     *
     * @param arguments as the slow log holds them: cut, and without passwords
     * @param address of the client
     * @param name of the client, or empty
     */
    public static void slowCommand(
            String command, List<byte[]> arguments, long micros, String address, String name) {
        if (areWanted()) {
            SlowCommandEvent.record(command, arguments, micros, address, name);
        }
    }

    /** A snapshot begins; null if nobody wants to know. */
    public static @Nullable SnapshotFlight snapshotBegins(long copiedBytes) {
        return areWanted() ? SnapshotFlight.begin(copiedBytes) : null;
    }
}
