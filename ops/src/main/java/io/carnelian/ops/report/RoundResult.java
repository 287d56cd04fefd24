package io.carnelian.ops.drill;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one round has shown. Times are in ms since the fault, -1 if it did not come to that.
 *
 * @param attempted writes, those that failed too
 * @param acknowledged writes
 * @param lost keys of acknowledged writes that the primary does not have in the end
 * @param faultAtMs when the fault came, since the beginning of the round
 * @param detectMs until somebody noticed; -1 where nothing is to be noticed
 * @param promoteMs until there was a new primary
 * @param writableMs until it acknowledged its first write
 * @param longestGapMs the longest time without any acknowledged write in the whole round
 * @param fullSyncs copies of all data, of all nodes together
 * @param partialSyncs continued streams
 * @param steady whether all nodes followed the primary again in time
 * @param equal whether all had the same data then
 * @param offsets of the nodes then
 */
record RoundResult(
        int number,
        long attempted,
        long acknowledged,
        List<String> lost,
        long faultAtMs,
        long detectMs,
        long promoteMs,
        long writableMs,
        long longestGapMs,
        long fullSyncs,
        long partialSyncs,
        boolean steady,
        boolean equal,
        Map<String, String> offsets,
        Timeline timeline) {

    /** All of it as what {@link Json} writes. */
    Map<String, Object> asMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("round", number);
        map.put("attempted", attempted);
        map.put("acknowledged", acknowledged);
        map.put("lost", lost.size());
        map.put("lost_keys", lost);
        map.put("fault_at_ms", faultAtMs);
        map.put("detect_ms", detectMs);
        map.put("promote_ms", promoteMs);
        map.put("writable_ms", writableMs);
        map.put("longest_gap_ms", longestGapMs);
        map.put("errors", timeline.errors());
        map.put("full_syncs", fullSyncs);
        map.put("partial_syncs", partialSyncs);
        map.put("steady", steady);
        map.put("equal", equal);
        map.put("offsets", offsets);
        map.put(
                "events",
                timeline.events().stream()
                        .map(event -> Map.of("at_ms", event.atMs(), "what", event.what()))
                        .toList());
        return map;
    }

    /** One line for a terminal. */
    String line() {
        return ("round %d: acknowledged %d, lost %d, detected %s, promoted %s, writable %s,"
                        + " longest gap %d ms, syncs %d full %d partial, errors %s, %s")
                .formatted(
                        number,
                        acknowledged,
                        lost.size(),
                        ms(detectMs),
                        ms(promoteMs),
                        ms(writableMs),
                        longestGapMs,
                        fullSyncs,
                        partialSyncs,
                        timeline.errors(),
                        equal && steady ? "all equal" : steady ? "NOT EQUAL" : "NOT STEADY");
    }

    private static String ms(long ms) {
        return ms < 0 ? "-" : ms + " ms";
    }
}
