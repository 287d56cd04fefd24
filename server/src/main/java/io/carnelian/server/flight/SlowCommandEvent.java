package io.carnelian.server.flight;

import java.nio.charset.StandardCharsets;
import java.util.List;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/**
 * A command that the slow log holds. That it was slow is known when it has ended, so the event is a
 * moment, the end, and the time that it took is a field.
 */
@Name("io.carnelian.SlowCommand")
@Label("Slow Command")
@Category("Carnelian")
@Description("A command that took slowlog-log-slower-than microseconds or more")
@StackTrace(false)
final class SlowCommandEvent extends Event {
    private static final int SHOWN_BYTES = 256;

    @Label("Command")
    @Description("Its full name: a container's name and a bar before a sub-command's")
    String command = "";

    @Label("Time Taken")
    @Timespan(Timespan.MICROSECONDS)
    long took;

    @Label("Arguments")
    @Description("As in the slow log, cut after 256 bytes")
    String arguments = "";

    @Label("Bytes of Arguments")
    @Description("As the slow log holds them")
    @DataAmount
    long argumentBytes;

    @Label("Client Address")
    String address = "";

    @Label("Client Name")
    String name = "";

    static void record(
            String command, List<byte[]> arguments, long micros, String address, String name) {
        SlowCommandEvent event = new SlowCommandEvent();
        if (!event.isEnabled()) {
            return;
        }
        event.command = command;
        event.took = micros;
        event.arguments = shown(arguments);
        for (byte[] argument : arguments) {
            event.argumentBytes += argument.length;
        }
        event.address = address;
        event.name = name;
        event.commit();
    }

    private static String shown(List<byte[]> arguments) {
        StringBuilder shown = new StringBuilder();
        for (byte[] argument : arguments) {
            shown.append(shown.isEmpty() ? "" : " ");
            int room = SHOWN_BYTES - shown.length();
            if (room <= 0) {
                break;
            }
            int length = Math.min(argument.length, room);
            shown.append(new String(argument, 0, length, StandardCharsets.ISO_8859_1));
        }
        return shown.toString();
    }
}
