package io.carnelian.ops;

import io.carnelian.server.net.Network;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the TCP sockets of {@code bind} and {@code port}. */
final class Listening {
    private static final Logger LOG = LoggerFactory.getLogger(Listening.class);

    private Listening() {}

    /**
     * Listens on every address. One that begins with a minus may be unavailable; without addresses,
     * and with {@code *}, it is all of IPv4, with {@code ::*} all of IPv6.
     *
     * @throws BindException if an address that must be there is not, or no socket at all could be
     *     opened
     */
    static void listen(Network network, List<String> addresses, int port, int backlog)
            throws BindException {
        if (port == 0) {
            return;
        }
        int opened = 0;
        for (String given : addresses) {
            boolean optional = given.startsWith("-");
            String host = optional ? given.substring(1) : given;
            try {
                network.listen(resolve(host, port), backlog);
                opened++;
            } catch (BindException e) {
                if (optional) {
                    LOG.debug("Not listening on {}:{}: {}", host, port, e.getMessage());
                    continue;
                }
                LOG.warn(
                        "Warning: Could not create server TCP listening socket {}:{}: {}",
                        host,
                        port,
                        e.getMessage());
                LOG.warn("Failed listening on port {} (tcp), aborting.", port);
                throw e;
            }
        }
        if (opened == 0 && !addresses.isEmpty()) {
            LOG.warn("Failed listening on port {} (tcp), aborting.", port);
            throw new BindException("no address of " + addresses + " could be opened");
        }
    }

    private static InetSocketAddress resolve(String host, int port) {
        return switch (host) {
            case "*" -> new InetSocketAddress("0.0.0.0", port);
            case "::*" -> new InetSocketAddress("::", port);
            default -> new InetSocketAddress(host, port);
        };
    }
}
