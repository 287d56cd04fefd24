package io.carnelian.ops;

import io.carnelian.server.config.BadValue;
import io.carnelian.server.net.Network;
import io.carnelian.server.settings.NetSettings;
import io.netty.channel.Channel;
import io.netty.util.NetUtil;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the sockets of {@code bind}, {@code port} and {@code unixsocket} at start, and others when
 * CONFIG SET changes the first two. Sockets are served from the moment they are open, so the unix
 * socket comes first: who can talk to a port finds it there, with its permissions.
 */
final class Listening {
    private static final Logger LOG = LoggerFactory.getLogger(Listening.class);

    private final Network network;
    private final NetSettings settings;
    private Map<InetSocketAddress, Channel> sockets = new LinkedHashMap<>();
    private boolean started;

    Listening(Network network, NetSettings settings) {
        this.network = network;
        this.settings = settings;
    }

    /**
     * Opens everything at start, and follows CONFIG SET from then on.
     *
     * @param unixSocket where to listen beside TCP, or null
     * @throws BindException if something could not be opened; the log has said what
     */
    void begin(@Nullable Path unixSocket) throws BindException {
        int port = settings.port.intValue();
        if (port == 0 && unixSocket == null) {
            LOG.warn("Configured to not listen anywhere, exiting.");
            throw new BindException("nowhere to listen");
        }
        if (unixSocket != null) {
            try {
                network.listenAt(
                        unixSocket,
                        settings.unixsocketperm.intValue(),
                        settings.tcpBacklog.intValue());
            } catch (BindException e) {
                LOG.warn("Failed opening Unix socket: bind: {}", e.getMessage());
                throw e;
            }
        }
        try {
            listenTo(port);
        } catch (BindException e) {
            LOG.warn("Failed listening on port {} (tcp), aborting.", port);
            network.stopListening();
            throw e;
        }
        started = true;
        settings.port.onApply(this::changePort);
        settings.bind.onApply(this::changeAddresses);
    }

    private void changePort() throws BadValue {
        try {
            listenTo(settings.port.intValue());
        } catch (BindException e) {
            throw new BadValue("Unable to listen on this port. Check server logs.");
        }
    }

    private void changeAddresses() throws BadValue {
        try {
            listenTo(settings.port.intValue());
        } catch (BindException e) {
            throw new BadValue("Failed to bind to specified addresses.");
        }
    }

    /**
     * Listens on every address at a port, and nowhere else. One address that begins with a minus
     * may be unavailable; {@code *} is all of IPv4, {@code ::*} all of IPv6.
     *
     * <p>Sockets that are open stay, and new ones are open before the old ones close; so a change
     * that is refused is taken back without a gap. Only a wildcard lies over other addresses of its
     * port: then the old sockets close first, and are opened again if the change is refused. With
     * NIO, which closes sockets in the next turn, such a change is refused.
     *
     * @throws BindException if an address that must be there is not, or no socket at all could be
     *     opened; everything is as before then
     */
    private void listenTo(int port) throws BindException {
        Map<InetSocketAddress, Boolean> wanted = addresses(port);
        Map<InetSocketAddress, Channel> before = sockets;
        Map<InetSocketAddress, Channel> kept = new LinkedHashMap<>(before);
        if (network.closesAtOnce() && overlaps(wanted.keySet())) {
            kept.keySet().retainAll(wanted.keySet());
            sockets = kept;
            network.listenOnly(List.copyOf(kept.values()));
        }
        try {
            Map<InetSocketAddress, Channel> open = open(wanted, kept);
            network.listenOnly(List.copyOf(open.values()));
            sockets = open;
        } catch (BindException e) {
            reopen(before, kept);
            throw e;
        }
    }

    /** The addresses of {@code bind} at a port, each with whether it may be unavailable. */
    private Map<InetSocketAddress, Boolean> addresses(int port) throws BindException {
        Map<InetSocketAddress, Boolean> wanted = new LinkedHashMap<>();
        List<String> given = port == 0 ? List.of() : settings.bind.values;
        for (String each : given) {
            boolean optional = each.startsWith("-");
            try {
                wanted.put(resolve(optional ? each.substring(1) : each, port), optional);
            } catch (BindException e) {
                if (!optional) {
                    LOG.warn("Warning: Could not resolve {}: {}", each, e.getMessage());
                    throw e;
                }
                LOG.debug("Not listening on {}: {}", each, e.getMessage());
            }
        }
        if (wanted.isEmpty() && !given.isEmpty()) {
            throw new BindException("no address of " + given + " could be opened");
        }
        return wanted;
    }

    /** Whether a new socket lies over an open one that is to go, or the other way around. */
    private boolean overlaps(Set<InetSocketAddress> wanted) {
        for (InetSocketAddress old : sockets.keySet()) {
            for (InetSocketAddress fresh : wanted) {
                boolean wildcard =
                        old.getAddress().isAnyLocalAddress()
                                || fresh.getAddress().isAnyLocalAddress();
                if (wildcard && old.getPort() == fresh.getPort() && !wanted.contains(old)) {
                    return true;
                }
            }
        }
        return false;
    }

    private Map<InetSocketAddress, Channel> open(
            Map<InetSocketAddress, Boolean> wanted, Map<InetSocketAddress, Channel> kept)
            throws BindException {
        Map<InetSocketAddress, Channel> open = new LinkedHashMap<>();
        List<Channel> fresh = new ArrayList<>();
        for (Map.Entry<InetSocketAddress, Boolean> each : wanted.entrySet()) {
            InetSocketAddress address = each.getKey();
            try {
                Channel socket = kept.get(address);
                if (socket == null) {
                    socket = network.listen(address, settings.tcpBacklog.intValue());
                    fresh.add(socket);
                }
                open.put(address, socket);
            } catch (BindException e) {
                if (each.getValue()) {
                    LOG.debug("Not listening on {}: {}", address, e.getMessage());
                    continue;
                }
                LOG.warn(
                        "Warning: Could not create server TCP listening socket {}:{}: {}",
                        address.getAddress().getHostAddress(),
                        address.getPort(),
                        e.getMessage());
                network.close(fresh);
                throw e;
            }
        }
        if (open.isEmpty() && !wanted.isEmpty()) {
            throw new BindException("no address of " + wanted.keySet() + " could be opened");
        }
        return open;
    }

    /** A change was refused: what was closed for it is opened again. */
    private void reopen(
            Map<InetSocketAddress, Channel> before, Map<InetSocketAddress, Channel> kept) {
        Map<InetSocketAddress, Channel> again = new LinkedHashMap<>(kept);
        for (InetSocketAddress address : before.keySet()) {
            try {
                if (!again.containsKey(address)) {
                    again.put(address, network.listen(address, settings.tcpBacklog.intValue()));
                }
            } catch (BindException e) {
                LOG.warn("No longer listening on {}: {}", address, e.getMessage());
            }
        }
        network.listenOnly(List.copyOf(again.values()));
        sockets = again;
    }

    /** A name may take seconds to look up: at start only, never on the command thread. */
    private InetSocketAddress resolve(String host, int port) throws BindException {
        boolean name = NetUtil.createByteArrayFromIpAddressString(host) == null;
        InetSocketAddress address =
                switch (host) {
                    case "*" -> new InetSocketAddress("0.0.0.0", port);
                    case "::*" -> new InetSocketAddress("::", port);
                    case "localhost" ->
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
                    default ->
                            name && started
                                    ? InetSocketAddress.createUnresolved(host, port)
                                    : new InetSocketAddress(host, port);
                };
        if (address.isUnresolved()) {
            throw new BindException(
                    started
                            ? "names are looked up at start only: give an address"
                            : "Name or service not known");
        }
        return address;
    }
}
