package io.carnelian.server.memory;

/**
 * A broken rule of memory use, found by the checked mode: an access outside every live allocation,
 * a use after free, a double free, a leak. It is a bug of the program; nothing should catch it but
 * a test.
 */
public final class MemoryFault extends Error {
    private static final long serialVersionUID = 1L;

    MemoryFault(String message) {
        super(message);
    }
}
