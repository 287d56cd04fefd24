package io.carnelian.ops.load;

/**
 * What a load is made of.
 *
 * @param connections of all threads together
 * @param pipeline requests that are sent together on a connection
 * @param perSecond requests a second of all together, at the times when they are due whatever the
 *     server does (open loop); 0: the next ones as soon as the last are answered (closed loop)
 * @param mix see {@link Mix}
 * @param keys how many there are
 * @param distribution see {@link KeyChooser}
 * @param valueBytes of each value
 * @param seed of everything random
 */
record LoadSpec(
        int threads,
        int connections,
        int pipeline,
        long perSecond,
        String mix,
        long keys,
        String distribution,
        int valueBytes,
        long seed) {
    /** Whether requests have a time when they are due. */
    boolean isOpen() {
        return perSecond > 0;
    }
}
