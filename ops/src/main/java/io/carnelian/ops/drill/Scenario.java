package io.carnelian.ops.drill;

/** What goes wrong, or is done on purpose. */
enum Scenario {
    /** The primary's process is killed; later it is started again, with nothing. */
    KILL("kill"),
    /** The primary's process is stopped where it stands; later it goes on. */
    FREEZE("freeze"),
    /** The link between the primary and one replica breaks, and comes back. */
    CUT_LINK("cut-link"),
    /** The link between the primary and one replica is slower than what is written. */
    SLOW_LINK("slow-link"),
    /** The primary and one client are on one side, everybody else on the other. */
    SPLIT("split"),
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
        return this == KILL || this == FREEZE || this == SPLIT;
    }

    /** Whether another node has to become the primary. */
    boolean moves() {
        return !isOfOneLink();
    }

    /** Whether a primary that is well gives its role away. */
    boolean isHandedOver() {
        return this == COORDINATED || this == ROLLING_RESTART;
    }

    /** Whether nodes must be reached through relays. */
    boolean needsRelays() {
        return isOfOneLink() || this == SPLIT;
    }

    private boolean isOfOneLink() {
        return this == CUT_LINK || this == SLOW_LINK;
    }
}
