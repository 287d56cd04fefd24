package io.carnelian.server.command;

import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One row of the command table: name, arity, flags, key positions, ACL categories, handler, and its
 * statistics. A container such as CONFIG holds its subcommands in a table of their own. Which gates
 * look at a command follows from its flags, with few exceptions ({@link #alsoAt}).
 */
public final class Command {
    /** Hears that something has refused a command, and says what its client is told. */
    @FunctionalInterface
    public interface Refused {
        ErrorReply refused(Call call, ErrorReply why);
    }

    /** Calls of a second and more count as a second, as in Redis. */
    private static final long MAX_LATENCY_NANOS = 1_000_000_000;

    private static final int LATENCY_DIGITS = 2;

    private final String name;
    private final int arity;
    private final int flags;
    private final Keys keys;
    private final int categories;
    private final Handler handler;
    private final String fullName;
    private final ErrorReply arityError;
    private @Nullable CommandTable subcommands;

    /** Gates that can refuse this command: a bit a {@link Gate}. */
    int gates;

    private boolean neverQueued;
    private @Nullable Refused refused;
    long calls;
    long nanoseconds;
    long rejectedCalls;
    long failedCalls;
    private @Nullable Histogram latency;

    Command(
            String name,
            int arity,
            int flags,
            Keys keys,
            int categories,
            Handler handler,
            @Nullable Command parent) {
        this.name = name;
        this.arity = arity;
        this.flags = flags;
        this.keys = keys;
        this.categories = categories | Categories.implied(flags);
        this.handler = handler;
        this.fullName = parent == null ? name : parent.name + "|" + name;
        this.arityError = Errors.arity(fullName);
        this.gates = Gate.relevantTo(flags);
    }

    public String name() {
        return name;
    }

    /** {@code container|sub} for a subcommand, the name for others. */
    public String fullName() {
        return fullName;
    }

    /** Number of arguments with the name; negative: at least so many. */
    public int arity() {
        return arity;
    }

    public int flags() {
        return flags;
    }

    public boolean is(int flag) {
        return (flags & flag) != 0;
    }

    public Keys keys() {
        return keys;
    }

    public int categories() {
        return categories;
    }

    public Handler handler() {
        return handler;
    }

    public boolean accepts(int argc) {
        return arity >= 0 ? argc == arity : argc >= -arity;
    }

    public ErrorReply arityError() {
        return arityError;
    }

    /** Adds a subcommand: a row as in {@link CommandTable#add}. Returns this container. */
    public Command sub(
            String subName,
            int subArity,
            int subFlags,
            Keys subKeys,
            int subCategories,
            Handler run) {
        CommandTable table = subcommands;
        if (table == null) {
            table = new CommandTable();
            subcommands = table;
        }
        table.put(new Command(subName, subArity, subFlags, subKeys, subCategories, run, this));
        return this;
    }

    /** Inside MULTI it runs at once: MULTI, WATCH, QUIT. Returns this row. */
    public Command neverQueued() {
        neverQueued = true;
        return this;
    }

    /** A gate looks at it though its flags do not say so: DISK_ERROR at PING. Returns this row. */
    public Command alsoAt(Gate gate) {
        gates |= gate.bit();
        return this;
    }

    /** Whether it runs what was queued: EXEC. */
    public boolean runsQueued() {
        return refused != null;
    }

    /** What a client is told that sent this command, when something refuses it. */
    ErrorReply refusedAs(Call call, ErrorReply why) {
        return refused == null ? why : refused.refused(call, why);
    }

    /**
     * It runs what the client has queued, so the gates look at that too: EXEC. Returns this row.
     */
    public Command executesQueue(Refused onRefusal) {
        neverQueued = true;
        refused = onRefusal;
        return this;
    }

    public boolean isNeverQueued() {
        return neverQueued;
    }

    public boolean isContainer() {
        return subcommands != null;
    }

    @Nullable CommandTable subcommandTable() {
        return subcommands;
    }

    public List<Command> subcommands() {
        return subcommands == null ? List.of() : new ArrayList<>(subcommands.all());
    }

    public long calls() {
        return calls;
    }

    /** Total execution time in microseconds. */
    public long microseconds() {
        return nanoseconds / 1000;
    }

    public long rejectedCalls() {
        return rejectedCalls;
    }

    public long failedCalls() {
        return failedCalls;
    }

    /** Notes how long one call took, in nanoseconds. Allocates at the first call only. */
    void recordLatency(long nanos) {
        Histogram histogram = latency;
        if (histogram == null) {
            histogram = new Histogram(1, MAX_LATENCY_NANOS, LATENCY_DIGITS);
            latency = histogram;
        }
        histogram.recordValue(Math.clamp(nanos, 1, MAX_LATENCY_NANOS));
    }

    /** How long its calls took, in nanoseconds up to a second; null before the first. */
    public @Nullable Histogram latency() {
        return latency;
    }

    public void resetStatistics() {
        latency = null;
        calls = 0;
        nanoseconds = 0;
        rejectedCalls = 0;
        failedCalls = 0;
    }

    @Override
    public String toString() {
        return fullName();
    }
}
