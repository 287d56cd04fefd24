package io.carnelian.replication.replica;

import io.carnelian.replication.NodeHistory;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.replication.primary.Primary;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.net.Dialer;
import io.carnelian.server.store.Keyspace;
import java.util.function.IntSupplier;

/**
 * What the link to a primary works on.
 *
 * @param primary those who follow this server in turn
 * @param dialer opens the connection
 * @param source how a payload is loaded
 * @param following applies the stream
 * @param listeningPort what others reach this server at
 */
public record LinkParts(
        Keyspace keyspace,
        WriteStream stream,
        Primary primary,
        NodeHistory history,
        ReplicationConfig config,
        Dialer dialer,
        Mailbox mailbox,
        PayloadSource source,
        Following following,
        IntSupplier listeningPort) {}
