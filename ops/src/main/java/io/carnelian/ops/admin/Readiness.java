package io.carnelian.ops.admin;

/**
 * Whether clients should be sent here.
 *
 * @param why in words, for people
 */
record Readiness(boolean isReady, String why) {
    private static final int MS = 1000;

    static Readiness of(Figures figures) {
        if (figures.number("loading") != 0) {
            return new Readiness(false, "the data set is being loaded");
        }
        if (!figures.text("role").equals("slave")) {
            return new Readiness(true, "loaded");
        }
        if (!figures.text("master_link_status").equals("up")) {
            return new Readiness(false, "the link to the primary is down");
        }
        long silentMs = figures.number("master_last_io_seconds_ago") * MS;
        long most = figures.readyMaxLagMs();
        if (most > 0 && silentMs > most) {
            return new Readiness(
                    false, "the primary was heard " + silentMs + " ms ago, more than " + most);
        }
        return new Readiness(true, "loaded, and the link to the primary is up");
    }
}
