package io.carnelian.ops.relay;

/**
 * How a relay treats the connections of one peer.
 *
 * @param refused those that are there are reset, new ones too
 * @param toTarget from the peer to the port behind the relay
 * @param fromTarget the other way
 */
public record Treatment(boolean refused, Flow toTarget, Flow fromTarget) {
    public static final Treatment OPEN = new Treatment(false, Flow.OPEN, Flow.OPEN);

    /** As when somebody pulls the cable: nobody is told, connections stay and are silent. */
    public static final Treatment SILENT = new Treatment(false, Flow.SILENT, Flow.SILENT);

    /** As when a firewall comes up that rejects: connections end at once. */
    public static final Treatment REFUSED = new Treatment(true, Flow.SILENT, Flow.SILENT);

    /** Both ways slow. */
    public static Treatment slow(long bytesPerSecond, int delayMs) {
        Flow flow = new Flow(false, bytesPerSecond, delayMs);
        return new Treatment(false, flow, flow);
    }

    /** The same as seen from the other end, where the other one connects. */
    Treatment reversed() {
        return new Treatment(refused, fromTarget, toTarget);
    }

    /** Whether somebody who connects now gets no answer. */
    boolean isDark() {
        return toTarget.silent() || fromTarget.silent();
    }
}
