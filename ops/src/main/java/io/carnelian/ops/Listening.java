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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the sockets of {@code bind}, {@code port} and {@code unixsocket}, and others on change. */
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
        try {
            listenTo(port);
        } catch (BindException e) {
            LOG.warn("Failed listening on port {} (tcp), aborting.", port);
            throw e;
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
     * Listens on every address at a port, and nowhere else. Sockets that are open stay; so a change
     * that is refused is taken back without closing anything. One address that begins with a minus
     * may be unavailable; {@code *} is all of IPv4, {@code ::*} all of IPv6. A wildcard at the port
     * of a socket that is open is refused: the new sockets are open before the old ones close.
     *
     * @throws BindException if an address that must be there is not, or no socket at all could be
     *     opened; everything is as before then
     */
    private void listenTo(int port) throws BindException {
        Map<InetSocketAddress, Channel> wanted = new LinkedHashMap<>();
        List<Channel> fresh = new ArrayList<>();
        List<String> addresses = port == 0 ? List.of() : settings.bind.values;
        for (String given : addresses) {
            boolean optional = given.startsWith("-");
            String host = optional ? given.substring(1) : given;
            try {
                InetSocketAddress address = resolve(host, port);
                Channel socket = sockets.get(address);
                if (socket == null) {
                    socket = network.listen(address, settings.tcpBacklog.intValue());
                    fresh.add(socket);
                }
                wanted.put(address, socket);
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
                network.close(fresh);
                throw e;
            }
        }
        if (wanted.isEmpty() && !addresses.isEmpty()) {
            throw new BindException("no address of " + addresses + " could be opened");
        }
        network.listenOnly(List.copyOf(wanted.values()));
        sockets = wanted;
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
