package io.carnelian.server.memory;

/**
 * Memory outside the heap could not be had: the operating system refused, or the limit of {@link
 * Pages} is reached. Thrown before anything was changed, so the caller's structures stay as they
 * were. Stackless: it can be thrown once for every command while memory is short.
 */
public final class OutOfMemory extends Error {
    private static final long serialVersionUID = 1L;

    OutOfMemory(String message) {
        super(message, null, false, false);
    }
}
