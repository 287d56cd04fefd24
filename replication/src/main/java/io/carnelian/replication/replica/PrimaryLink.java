package io.carnelian.replication.replica;

import io.carnelian.server.client.NoLink;
import io.carnelian.server.net.Dialer;

/** The connection of the client that stands for our primary. */
final class PrimaryLink extends NoLink {
    private final Dialer.Wire wire;

    PrimaryLink(Dialer.Wire wire) {
        this.wire = wire;
    }

    @Override
    public void close(boolean afterOutput) {
        wire.close();
    }

    @Override
    public String peerAddress() {
        return wire.peerAddress();
    }

    @Override
    public String localAddress() {
        return wire.localAddress();
    }

    @Override
    public int fileDescriptor() {
        return wire.fileDescriptor();
    }
}
