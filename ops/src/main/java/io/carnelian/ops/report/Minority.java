package io.carnelian.ops.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What became of the client that stayed with a primary that was cut off. Its writes are not among
 * those of the others.
 *
 * @param attempted writes
 * @param acknowledged writes, from the beginning of the round to its end
 * @param acknowledgedApart of these, by the old primary after it was cut off
 * @param lastAckMs when that acknowledged the last of them, in ms since the fault; -1: none
 * @param demotedMs when that followed the new primary, in ms since the fault; -1: never
 * @param lost keys of acknowledged writes that the primary does not have in the end
 * @param timeline of its writes alone
 */
public record Minority(
        long attempted,
        long acknowledged,
        long acknowledgedApart,
        long lastAckMs,
        long demotedMs,
        List<String> lost,
        Timeline timeline) {

    Map<String, Object> asMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("attempted", attempted);
        map.put("acknowledged", acknowledged);
        map.put("acknowledged_apart", acknowledgedApart);
        map.put("last_acknowledged_ms", lastAckMs);
        map.put("demoted_ms", demotedMs);
        map.put("lost", lost.size());
        map.put("lost_keys", lost);
        map.put("errors", timeline.errors());
        map.put("timeline", timeline.asMap());
        return map;
    }

    /** A part of the round's line. */
    String words() {
        return "cut off: acknowledged %d (%d apart, until %s), lost %d, errors %s"
                .formatted(
                        acknowledged,
                        acknowledgedApart,
                        RoundResult.ms(lastAckMs),
                        lost.size(),
                        timeline.errors());
    }
}
