package io.carnelian.ops.drill;

/** What goes wrong, or is done on purpose. */
enum Scenario {
    /** The primary's process is killed; later it is started again, with nothing. */
    KILL("kill"),
    /** The primary's process is stopped where it stands; later it goes on. */
    FREEZE("freeze"),
    /** Every node is restarted in order, the primary last, after its role was moved away. */
    ROLLING_RESTART("rolling-restart"),
    /** The role is moved away from a primary that is well. */
    COORDINATED("coordinated");

    private final String word;

    Scenario(String word) {
        this.word = word;
    }

    /** The name on the command line. */
    @Override
    public String toString() {
        return word;
    }

    /** Whether the primary fails, so that somebody has to notice. */
    boolean isFailure() {
        return this == KILL || this == FREEZE;
    }
}
