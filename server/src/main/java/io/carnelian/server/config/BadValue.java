package io.carnelian.server.config;

/**
 * Why a parameter does not take a value, in the words that follow {@code CONFIG SET failed … - }.
 * Stackless.
 */
public final class BadValue extends Exception {
    private static final long serialVersionUID = 1L;

    /** {@code why} is a sentence without a code: {@code argument must be 'yes' or 'no'}. */
    public BadValue(String why) {
        super(why, null, false, false);
    }

    public String why() {
        return String.valueOf(getMessage());
    }
}
