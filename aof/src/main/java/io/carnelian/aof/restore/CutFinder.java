package io.carnelian.aof.restore;

import io.carnelian.aof.log.Annotation;
import io.carnelian.aof.log.AofReader;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Follows the write stream through the files of an AOF to the state that is wanted, and says where
 * to cut: always between two commands, never inside a transaction.
 *
 * <pre>
 *   to a time      before the first line #TS: of a later second      (aof-timestamp-enabled)
 *   to an offset   behind the last command that ends at or before it: every command's bytes count
 *                  from the base's repl-offset, or from the last line #CN:
 * </pre>
 *
 * <p>Commands in front of the first {@code #TS:} have no time of their own. They are known to be
 * old enough if a {@code #CN:} line behind them is; else the answer is an error, not a guess.
 */
final class CutFinder {
    private static final long UNKNOWN = -1;
    private static final long SECOND_MS = 1000;

    private final RestoreGoal goal;

    /** Where the stream is behind what was read; UNKNOWN until something says it. */
    private long offset = UNKNOWN;

    /** The same, without a transaction that has not ended. */
    private long settledOffset = UNKNOWN;

    /** Of the last line with a timestamp that is not too young. */
    private long lastSecond = UNKNOWN;

    private long undated;
    private long commands;
    private Annotation.@Nullable Position lastBefore;
    private Annotation.@Nullable Position firstAfter;
    private boolean found;

    /** The next command is not of the stream. */
    private boolean apart;

    CutFinder(RestoreGoal goal) {
        this.goal = goal;
    }

    /** Whether the state ends within what was read. */
    boolean isFound() {
        return found;
    }

    /** Where the stream is in that state; negative if no file says it. */
    long offset() {
        return settledOffset;
    }

    /** The second of the last timestamp in that state, since 1970; negative if there is none. */
    long lastSecond() {
        return lastSecond;
    }

    /** Commands of increments in that state. */
    long commands() {
        return commands;
    }

    /**
     * The base was read: the state can't be older.
     *
     * @param seconds when its data was that of the server, since 1970; negative if it does not say
     * @param place where the stream was then; negative if it does not say
     * @throws RestoreFailure if an older one is wanted
     */
    void base(String name, long seconds, long place) throws RestoreFailure {
        offset = place;
        settledOffset = place;
        if (goal instanceof RestoreGoal.Time time && time.seconds() < seconds) {
            throw new RestoreFailure(
                    "%s is before the base file %s, which holds the data of %s. Older states are"
                                    .formatted(shown(time.seconds()), name, shown(seconds))
                            + " not in these files");
        }
        if (goal instanceof RestoreGoal.Offset wanted && wanted.offset() < place) {
            throw new RestoreFailure(
                    "offset %d is before the base file %s, which holds the data of offset %d."
                                    .formatted(wanted.offset(), name, place)
                            + " Older states are not in these files");
        }
    }

    /**
     * Reads an increment up to the wanted state, or to its end.
     *
     * @param last whether bytes may be missing at its end
     * @return how many of its bytes belong to the state
     * @throws RestoreFailure if the file is damaged before the state, or does not tell enough
     */
    long read(AofReader reader, String name, boolean last) throws IOException, RestoreFailure {
        long settledAt = reader.wholeEnd();
        long unsettled = 0;
        found = isReached();
        while (!found) {
            switch (reader.step()) {
                case COMMAND -> {
                    boolean counts = offset != UNKNOWN && !apart;
                    offset += counts ? reader.endOffset() - reader.startOffset() : 0;
                    apart = false;
                    found = goal instanceof RestoreGoal.Offset wanted && offset > wanted.offset();
                    undated += reader.argIs(0, "SELECT") ? 0 : 1;
                    unsettled++;
                }
                case ANNOTATION -> found = isPast(reader.annotation());
                case END -> {
                    return ended(reader, name, last);
                }
                case INPUT -> throw new IllegalStateException("step fills the window");
            }
            if (!found && !reader.inTransaction()) {
                settledAt = reader.endOffset();
                settledOffset = offset;
                commands += unsettled;
                unsettled = 0;
                found = isReached();
            }
        }
        return settledAt;
    }

    private boolean isReached() {
        return goal instanceof RestoreGoal.Offset wanted && settledOffset == wanted.offset();
    }

    private long ended(AofReader reader, String name, boolean last) throws RestoreFailure {
        boolean truncated = reader.verdict() == AofReader.Verdict.TRUNCATED;
        if (reader.verdict() == AofReader.Verdict.DAMAGED || (truncated && !last)) {
            throw new RestoreFailure(
                    "%s is damaged at byte %d, before the wanted state: %s. What precedes ends at"
                                    .formatted(name, reader.reasonOffset(), reader.reason())
                            + " %s".formatted(place()));
        }
        return reader.wholeEnd();
    }

    /** Whether what comes behind a line is too young. */
    private boolean isPast(Annotation line) throws RestoreFailure {
        return switch (line) {
            case Annotation.Timestamp stamp -> isPast(stamp);
            case Annotation.Position place -> isPast(place);
            case Annotation.Apart _ -> {
                apart = true;
                yield false;
            }
            case Annotation.Other _ -> false;
        };
    }

    private boolean isPast(Annotation.Timestamp stamp) throws RestoreFailure {
        if (!(goal instanceof RestoreGoal.Time wanted)) {
            lastSecond = stamp.seconds();
            return false;
        }
        if (stamp.seconds() <= wanted.seconds()) {
            lastSecond = stamp.seconds();
            return false;
        }
        requireDated();
        return true;
    }

    private boolean isPast(Annotation.Position place) throws RestoreFailure {
        switch (goal) {
            case RestoreGoal.Time wanted -> {
                if (place.timeMs() / SECOND_MS <= wanted.seconds()) {
                    undated = 0;
                    lastBefore = place;
                } else if (firstAfter == null) {
                    firstAfter = place;
                }
            }
            case RestoreGoal.Offset wanted -> {
                if (place.offset() > wanted.offset()) {
                    if (offset == UNKNOWN) {
                        throw new RestoreFailure(
                                "offset %d is before %d, the first one that the files tell"
                                        .formatted(wanted.offset(), place.offset()));
                    }
                    return true;
                }
            }
        }
        offset = place.offset();
        return false;
    }

    /** All files are read: was the state among what they hold? */
    void end() throws RestoreFailure {
        switch (goal) {
            case RestoreGoal.Time _ -> {
                if (!found) {
                    requireDated();
                }
            }
            case RestoreGoal.Offset wanted -> {
                if (settledOffset == UNKNOWN) {
                    throw new RestoreFailure(
                            "the files do not tell offsets: redis-server has written them. Restore"
                                    + " to a time");
                }
                if (!found && settledOffset < wanted.offset()) {
                    throw new RestoreFailure(
                            "offset %d is beyond the end: the files end at %s"
                                    .formatted(wanted.offset(), place()));
                }
            }
        }
    }

    private void requireDated() throws RestoreFailure {
        if (lastSecond != UNKNOWN || undated == 0) {
            return;
        }
        throw new RestoreFailure(
                "nothing says when %d commands were written: aof-timestamp-enabled was off."
                                .formatted(undated)
                        + told("last known place before", lastBefore)
                        + told("first known place after", firstAfter)
                        + " Restore to an offset instead");
    }

    private static String told(String what, Annotation.@Nullable Position place) {
        return place == null
                ? ""
                : " The %s: offset %d at %s."
                        .formatted(what, place.offset(), shown(place.timeMs() / SECOND_MS));
    }

    private String place() {
        String at = settledOffset == UNKNOWN ? "an unknown offset" : "offset " + settledOffset;
        return lastSecond == UNKNOWN ? at : at + ", last timestamp " + shown(lastSecond);
    }

    /** A second in both ways of writing it. */
    static String shown(long seconds) {
        return Instant.ofEpochSecond(seconds) + " (" + seconds + ")";
    }
}
