package io.carnelian.aof.restore;

/** The wanted state can't be had; the message says why, and what there is instead. */
public final class RestoreFailure extends Exception {
    private static final long serialVersionUID = 1L;

    public RestoreFailure(String message) {
        super(message);
    }
}
