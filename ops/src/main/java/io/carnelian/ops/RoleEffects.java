package io.carnelian.ops;

import io.carnelian.replication.Replication;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.server.feed.NodeRole;
import io.carnelian.server.log.LogSetup;
import io.carnelian.server.reclaim.Reclaim;

/** What depends on whether this server is a replica: eviction, expiry, the letter in the log. */
record RoleEffects(Replication replication, Reclaim reclaim, ReplicationConfig config) {
    /** From now on they follow the role. */
    void begin() {
        replication.onRoleChange(this::apply);
        config.ignoreMaxmemory.onApply(this::apply);
        replication.onReadOnlyChange(this::apply);
    }

    private void apply() {
        boolean replica = replication.role() == NodeRole.REPLICA;
        reclaim.evictor().suspend(replica && config.ignoreMaxmemory.on);
        reclaim.ownExpiries().follow(replica, !config.readOnly.on);
        LogSetup.role(replica ? LogSetup.REPLICA : LogSetup.PRIMARY);
    }
}
