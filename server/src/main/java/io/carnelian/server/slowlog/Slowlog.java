package io.carnelian.server.slowlog;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.Flags;
import io.carnelian.server.flight.FlightEvents;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Reply;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Keeps the last slow commands, the newest first, with what it takes to find out who sent them. An
 * entry holds at most 32 arguments of at most 128 bytes each; what is left out is counted in the
 * last one. Command thread only.
 *
 * <p>Source: https://redis.io/docs/latest/commands/slowlog-get/.
 */
public final class Slowlog {
    static final int MAX_ARGUMENTS = 32;
    static final int MAX_ARGUMENT_BYTES = 128;
    private static final byte[] REDACTED = Reply.ascii("(redacted)");

    /**
     * One slow command.
     *
     * @param id counts up from 0 for the life of the server
     * @param atSeconds when it ended, in seconds since 1970
     * @param name of the client, or empty
     */
    record Entry(
            long id,
            long atSeconds,
            long micros,
            List<byte[]> arguments,
            String address,
            String name) {}

    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private long nextId;

    /** Adds a command that just ran, and drops the oldest beyond {@code maxLength}. */
    public void add(Call call, long micros, long maxLength) {
        if ((call.command().flags() & Flags.SKIP_SLOWLOG) != 0) {
            return;
        }
        String name = call.client().name();
        Entry entry =
                new Entry(
                        nextId++,
                        call.nowMs() / 1000,
                        micros,
                        arguments(call),
                        call.client().link().peerAddress(),
                        name == null ? "" : name);
        entries.addFirst(entry);
        FlightEvents.slowCommand(
                call.command().fullName(),
                entry.arguments(),
                micros,
                entry.address(),
                entry.name());
        while (entries.size() > maxLength) {
            entries.removeLast();
        }
    }

    private static List<byte[]> arguments(Call call) {
        int argc = call.argc();
        boolean all = argc <= MAX_ARGUMENTS;
        int shown = all ? argc : MAX_ARGUMENTS - 1;
        List<byte[]> kept = new ArrayList<>(shown + 1);
        for (int i = 0; i < shown; i++) {
            kept.add(call.isRedacted(i) ? REDACTED : argument(call, i));
        }
        if (!all) {
            kept.add(Reply.ascii("... (" + (argc - shown) + " more arguments)"));
        }
        return kept;
    }

    private static byte[] argument(Call call, int i) {
        int more = call.length(i) - MAX_ARGUMENT_BYTES;
        if (more <= 0) {
            return call.bytes(i);
        }
        byte[] tail = Reply.ascii("... (" + more + " more bytes)");
        byte[] cut = new byte[MAX_ARGUMENT_BYTES + tail.length];
        Memory.copyOut(call.address(i), cut, 0, MAX_ARGUMENT_BYTES);
        System.arraycopy(tail, 0, cut, MAX_ARGUMENT_BYTES, tail.length);
        return cut;
    }

    /** The newest first. */
    Collection<Entry> entries() {
        return entries;
    }

    int size() {
        return entries.size();
    }

    void clear() {
        entries.clear();
    }
}
