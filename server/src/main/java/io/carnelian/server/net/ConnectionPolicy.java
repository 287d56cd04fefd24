package io.carnelian.server.net;

import io.carnelian.server.client.Client;
import io.carnelian.server.command.Gate;

/** What decides about a new connection; filled from the configuration. Command thread only. */
public final class ConnectionPolicy {
    /** {@code maxclients}. */
    public int maxClients = 10000;

    /** {@code tcp-keepalive} in seconds; 0: off. */
    public int tcpKeepAliveSeconds = 300;

    /** Whether a new client must authenticate: a password is set. */
    public boolean authenticationRequired;

    void greet(Client client) {
        client.authenticated = !authenticationRequired;
        if (authenticationRequired) {
            client.gates |= Gate.AUTH.bit();
        }
    }
}
