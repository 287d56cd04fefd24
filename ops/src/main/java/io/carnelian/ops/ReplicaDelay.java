package io.carnelian.ops;

import io.carnelian.replication.Replication;
import io.carnelian.server.Lifecycle;
import io.carnelian.server.config.Amount;
import io.carnelian.server.connection.Pause;

/** The end waits for replicas that lack something, while writes wait: {@code shutdown-timeout}. */
record ReplicaDelay(Replication replication, Pause pause, Amount timeoutSeconds)
        implements Lifecycle.Delay {
    @Override
    public boolean isOver() {
        return replication.replicasHaveAll();
    }

    @Override
    public long maxMs() {
        return timeoutSeconds.value * 1000;
    }

    @Override
    public void begin() {
        pause.begin(Pause.Purpose.SHUTDOWN, Pause.Kind.WRITES, Long.MAX_VALUE);
    }

    @Override
    public void end() {
        pause.end(Pause.Purpose.SHUTDOWN);
    }
}
