package io.carnelian.ops;

import io.carnelian.replication.Replication;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.feed.NodeRole;
import io.carnelian.server.log.LogSetup;
import io.carnelian.server.reclaim.Reclaim;

/** What depends on whether this server is a replica: eviction, expiry, the letter in the log. */
record RoleEffects(Replication replication, Reclaim reclaim, Toggle ignoreMaxmemory) {
    /** From now on they follow the role. */
    void begin() {
        replication.onRoleChange(this::apply);
        ignoreMaxmemory.onApply(this::apply);
    }

    private void apply() {
        boolean replica = replication.role() == NodeRole.REPLICA;
        reclaim.evictor().suspend(replica && ignoreMaxmemory.on);
        reclaim.ownExpiries().follow(replica);
        LogSetup.role(replica ? LogSetup.REPLICA : LogSetup.PRIMARY);
    }
}
