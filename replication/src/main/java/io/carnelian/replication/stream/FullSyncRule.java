package io.carnelian.replication.stream;

/**
 * Whether a replica lets a full resync replace its data. A primary that lost its disk comes back
 * empty, or with the file of last week, under its old address; each of its replicas would copy
 * that, and the last whole data set would be gone within seconds.
 *
 * <pre>
 *   followed it before?  ─no──► TAKE        the operator's word: REPLICAOF
 *   same history?        ─yes─► TAKE        it has not begun anew: what it lost, it deleted
 *   it is empty          ───────► EMPTY
 *   it went back to an earlier place
 *   of the history that we are in ► OLDER   tells only our own kind: see {@link #ORIGIN}
 *   else                 ───────► TAKE
 * </pre>
 */
public final class FullSyncRule {
    /**
     * The fact in a payload that tells from which place of which history the primary's process went
     * on when it started: {@code replid:offset}.
     */
    public static final String ORIGIN = "carnelian-restarted-from";

    /** What is to be done with a payload. */
    public enum Verdict {
        TAKE,
        EMPTY,
        OLDER
    }

    /**
     * What the replica has.
     *
     * @param keys in its data set
     * @param replid the history that it is in
     * @param offset where in it
     */
    public record Held(long keys, String replid, long offset) {}

    /**
     * What it is to take.
     *
     * @param keys of the payload
     * @param replid the history that the payload belongs to
     * @param origin as {@link #ORIGIN}, empty if nothing is told
     */
    public record Offered(long keys, String replid, String origin) {}

    private FullSyncRule() {}

    /**
     * Decides.
     *
     * @param followed whether this primary was followed before, and nobody has said REPLICAOF since
     */
    public static Verdict decide(boolean followed, Held held, Offered offered) {
        if (!followed || held.keys == 0 || offered.replid.equals(held.replid)) {
            return Verdict.TAKE;
        }
        if (offered.keys == 0) {
            return Verdict.EMPTY;
        }
        int colon = offered.origin.indexOf(':');
        boolean told = colon == ReplicationId.LENGTH && offered.origin.length() > colon + 1;
        if (told && offered.origin.startsWith(held.replid)) {
            String offset = offered.origin.substring(colon + 1);
            if (offset.matches("[0-9]{1,18}") && Long.parseLong(offset) < held.offset) {
                return Verdict.OLDER;
            }
        }
        return Verdict.TAKE;
    }
}
