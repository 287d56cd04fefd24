package io.carnelian.server.net;

import io.carnelian.server.client.Client;
import io.carnelian.server.command.Gate;
import io.carnelian.server.resp.Reply;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What decides about a new connection; filled from the configuration. Command thread only. */
public final class ConnectionPolicy {
    private static final byte[] TOO_MANY = Reply.ascii("-ERR max number of clients reached\r\n");
    private static final byte[] PROTECTED =
            Reply.ascii(
                    "-DENIED Redis is running in protected mode because protected mode is enabled"
                            + " and no password is set for the default user. In this mode"
                            + " connections are only accepted from the loopback interface. If you"
                            + " want to connect from external computers to Redis you may adopt one"
                            + " of the following solutions: 1) Just disable protected mode sending"
                            + " the command 'CONFIG SET protected-mode no' from the loopback"
                            + " interface by connecting to Redis from the same host the server is"
                            + " running, however MAKE SURE Redis is not publicly accessible from"
                            + " internet if you do so. Use CONFIG REWRITE to make this change"
                            + " permanent. 2) Alternatively you can just disable the protected mode"
                            + " by editing the Redis configuration file, and setting the protected"
                            + " mode option to 'no', and then restarting the server. 3) If you"
                            + " started the server manually just for testing, restart it with the"
                            + " '--protected-mode no' option. 4) Setup a an authentication password"
                            + " for the default user. NOTE: You only need to do one of the above"
                            + " things in order for the server to start accepting connections from"
                            + " the outside.\r\n");

    /** {@code maxclients}. */
    public long maxClients = 10000;

    /** {@code tcp-keepalive} in seconds; 0: off. */
    public int tcpKeepAliveSeconds = 300;

    /** Whether a new client must authenticate: a password is set. */
    public boolean authenticationRequired;

    /** {@code protected-mode}: without a password only this machine is let in. */
    public boolean protectedMode = true;

    private final Consumer<Client> onConnect;

    /** {@code onConnect} hears of every client before its first request. */
    public ConnectionPolicy(Consumer<Client> onConnect) {
        this.onConnect = onConnect;
    }

    /** What to tell a peer that is not let in, or null if it is. */
    byte @Nullable [] refusal(@Nullable SocketAddress peer, int connected) {
        if (connected >= maxClients) {
            return TOO_MANY;
        }
        boolean elsewhere =
                peer instanceof InetSocketAddress inet
                        && inet.getAddress() != null
                        && !inet.getAddress().isLoopbackAddress();
        return protectedMode && !authenticationRequired && elsewhere ? PROTECTED : null;
    }

    void greet(Client client) {
        client.authenticated = !authenticationRequired;
        if (authenticationRequired) {
            client.gates |= Gate.AUTH.bit();
        }
        onConnect.accept(client);
    }
}
