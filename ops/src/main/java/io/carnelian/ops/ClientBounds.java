package io.carnelian.ops;

import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.connection.Authentication;
import io.carnelian.server.connection.ClientLimits;
import io.carnelian.server.net.ConnectionPolicy;
import io.carnelian.server.request.ProtocolLimits;
import io.carnelian.server.settings.NetSettings;

/** The limits on clients and their requests, as the parameters say and go on to say. */
final class ClientBounds {
    private final NetSettings net;
    private final Gates gates;
    private final ClientLimits clientLimits;
    private final Authentication authentication;

    ClientBounds(
            NetSettings net,
            Gates gates,
            ClientLimits clientLimits,
            Authentication authentication) {
        this.net = net;
        this.gates = gates;
        this.clientLimits = clientLimits;
        this.authentication = authentication;
    }

    /** What the parsers of requests obey, now and after each CONFIG SET. */
    ProtocolLimits protocol() {
        ProtocolLimits limits = new ProtocolLimits();
        limits.maxBulkBytes = net.protoMaxBulkLen.value;
        limits.maxQueryBytes = net.clientQueryBufferLimit.value;
        net.protoMaxBulkLen.onApply(() -> limits.maxBulkBytes = net.protoMaxBulkLen.value);
        net.clientQueryBufferLimit.onApply(
                () -> limits.maxQueryBytes = net.clientQueryBufferLimit.value);
        clientLimits.addTo(gates);
        limitClientMemory(limits);
        net.maxmemoryClients.onApply(() -> limitClientMemory(limits));
        return limits;
    }

    private void limitClientMemory(ProtocolLimits limits) {
        boolean limited = net.maxmemoryClients.value != 0;
        limits.inputWatcher = limited ? clientLimits::inputGrew : null;
        gates.arm(Gate.CLIENT_MEMORY, limited);
        clientLimits.limitChanged();
    }

    /** Who is let in, now and after each CONFIG SET. */
    ConnectionPolicy policy() {
        ConnectionPolicy policy = new ConnectionPolicy(clientLimits::watch);
        policy.maxClients = net.maxclients.value;
        policy.protectedMode = net.protectedMode.on;
        policy.tcpKeepAliveSeconds = net.tcpKeepaliveSeconds.intValue();
        policy.authenticationRequired = authentication.isRequired();
        net.maxclients.onApply(() -> {
            OpenFiles.check(net.maxclients, OpenFiles.limit());
            policy.maxClients = net.maxclients.value;
        });
        net.protectedMode.onApply(() -> policy.protectedMode = net.protectedMode.on);
        net.tcpKeepaliveSeconds.onApply(
                () -> policy.tcpKeepAliveSeconds = net.tcpKeepaliveSeconds.intValue());
        net.requirepass.onApply(() -> policy.authenticationRequired = authentication.isRequired());
        return policy;
    }
}
