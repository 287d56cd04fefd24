package io.carnelian.ops.admin;

import io.carnelian.server.config.Amount;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.Parameter;
import io.carnelian.server.config.Text;

/** The parameters of the admin port. */
public final class AdminSettings {
    private static final int MAX_PORT = 65535;
    private static final long READY_LAG_MS = 15_000;

    /** As all of our own that a start decides, they are not among what CONFIG GET * lists. */
    private static final int FLAGS = Parameter.IMMUTABLE | Parameter.HIDDEN;

    /** Where to listen; 0: nowhere. */
    public final Amount port = Amount.of("admin-port", FLAGS, 0, 0, MAX_PORT);

    /** The address. Nobody is asked for a password there. */
    public final Text bind = new Text("admin-bind", FLAGS, "127.0.0.1");

    /**
     * A replica that has not heard of its primary for longer is not ready, in ms; 0: that does not
     * matter. A primary that has nothing to say speaks every {@code repl-ping-replica-period}.
     */
    public final Amount readyMaxLagMs =
            Amount.of("ready-max-lag-ms", 0, READY_LAG_MS, 0, Integer.MAX_VALUE);

    /** Adds the rows. */
    public void addTo(Config config) {
        config.add(port);
        config.add(bind);
        config.add(readyMaxLagMs);
    }
}
