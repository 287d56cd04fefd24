package io.carnelian.integration.aof;

import io.carnelian.integration.RespConnection;
import java.time.Duration;
import org.awaitility.Awaitility;

/** Waits for what a server does in the background. */
final class Loaded {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final String PERSISTENCE = "persistence";

    private Loaded() {}

    /** Until the data is there. */
    static void await(RespConnection server) {
        Awaitility.await("the files are loaded")
                .atMost(AT_MOST)
                .until(() -> "0".equals(server.info(PERSISTENCE).get("loading")));
    }

    /** Until no rewrite runs or is to run. */
    static void awaitRewrite(RespConnection server) {
        Awaitility.await("the rewrite is done")
                .atMost(AT_MOST)
                .until(() -> {
                    var info = server.info(PERSISTENCE);
                    return "0".equals(info.get("aof_rewrite_in_progress"))
                            && "0".equals(info.get("aof_rewrite_scheduled"));
                });
    }
}
