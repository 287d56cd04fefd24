package io.carnelian.ops.relay;

/**
 * How bytes pass one way.
 *
 * @param silent nothing passes; what was under way waits, as TCP retransmits
 * @param bytesPerSecond 0: as fast as it goes
 * @param delayMs how much later each byte arrives
 */
public record Flow(boolean silent, long bytesPerSecond, int delayMs) {
    public static final Flow OPEN = new Flow(false, 0, 0);
    public static final Flow SILENT = new Flow(true, 0, 0);

    public Flow {
        if (bytesPerSecond < 0 || delayMs < 0) {
            throw new IllegalArgumentException("a rate and a delay are 0 or more");
        }
    }
}
