package io.carnelian.ops.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one round has shown. Times are in ms since the fault, -1 if it did not come to that.
 *
 * @param attempted writes, those that failed too
 * @param acknowledged writes
 * @param lost keys of acknowledged writes that the primary does not have in the end
 * @param faultAtMs when the fault came, since the beginning of the round
 * @param times how long things took
 * @param fullSyncs copies of all data, of all nodes together
 * @param partialSyncs continued streams
 * @param steady whether all nodes followed the primary again in time
 * @param equal whether all had the same data then
 * @param offsets of the nodes then
 * @param figures that only this scenario has, by name
 * @param minority the client that was cut off with the primary, or null if none was
 */
public record RoundResult(
        int number,
        long attempted,
        long acknowledged,
        List<String> lost,
        long faultAtMs,
        Times times,
        long fullSyncs,
        long partialSyncs,
        boolean steady,
        boolean equal,
        Map<String, String> offsets,
        Map<String, Long> figures,
        @Nullable Minority minority,
        Timeline timeline) {

    /**
     * Times of a round, in ms since the fault; -1 if it did not come to that.
     *
     * @param detectMs until somebody noticed; -1 where nothing is to be noticed
     * @param promoteMs until there was a new primary
     * @param writableMs until it acknowledged its first write
     * @param longestGapMs the longest time without any acknowledged write in the whole round
     */
    public record Times(long detectMs, long promoteMs, long writableMs, long longestGapMs) {}

    /** Acknowledged writes that are gone, of all clients. */
    public int lostOfAll() {
        return lost.size() + (minority == null ? 0 : minority.lost().size());
    }

    /** All of it as what {@link Json} writes. */
    public Map<String, Object> asMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("round", number);
        map.put("attempted", attempted);
        map.put("acknowledged", acknowledged);
        map.put("lost", lost.size());
        map.put("lost_keys", lost);
        map.put("fault_at_ms", faultAtMs);
        map.put("detect_ms", times.detectMs());
        map.put("promote_ms", times.promoteMs());
        map.put("writable_ms", times.writableMs());
        map.put("longest_gap_ms", times.longestGapMs());
        map.put("errors", timeline.errors());
        map.put("full_syncs", fullSyncs);
        map.put("partial_syncs", partialSyncs);
        map.put("steady", steady);
        map.put("equal", equal);
        map.put("offsets", offsets);
        map.put("figures", figures);
        if (minority != null) {
            map.put("minority", minority.asMap());
        }
        map.put(
                "events",
                timeline.events().stream()
                        .map(event -> Map.of("at_ms", event.atMs(), "what", event.what()))
                        .toList());
        map.put("timeline", timeline.asMap());
        return map;
    }

    /** One line for a terminal. */
    public String line() {
        StringBuilder line = new StringBuilder();
        line.append(
                ("round %d: acknowledged %d, lost %d, detected %s, promoted %s, writable %s,"
                                + " longest gap %d ms, syncs %d full %d partial, errors %s, ")
                        .formatted(
                                number,
                                acknowledged,
                                lost.size(),
                                ms(times.detectMs()),
                                ms(times.promoteMs()),
                                ms(times.writableMs()),
                                times.longestGapMs(),
                                fullSyncs,
                                partialSyncs,
                                timeline.errors()));
        figures.forEach(
                (name, figure) -> line.append(name).append(' ').append(figure).append(", "));
        if (minority != null) {
            line.append(minority.words()).append(", ");
        }
        line.append(equal && steady ? "all equal" : steady ? "NOT EQUAL" : "NOT STEADY");
        return line.toString();
    }

    static String ms(long ms) {
        return ms < 0 ? "-" : ms + " ms";
    }
}
