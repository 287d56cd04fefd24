package io.carnelian.server.settings;

import static io.carnelian.server.config.Parameter.HIDDEN;
import static io.carnelian.server.config.Parameter.IMMUTABLE;
import static io.carnelian.server.config.Parameter.SENSITIVE;
import static io.carnelian.server.settings.Rows.GB;
import static io.carnelian.server.settings.Rows.INT_MAX;
import static io.carnelian.server.settings.Rows.MB;

import io.carnelian.server.config.Amount;
import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.Choice;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.Text;
import io.carnelian.server.config.TextList;
import io.carnelian.server.config.Toggle;
import java.util.ArrayList;
import java.util.List;

/** Where the server listens, whom it lets in, and what a connection may cost. */
public final class NetSettings {
    private static final int MAX_ADDRESSES = 16;

    public final Amount port = Rows.tcpPort("port", 6379);

    /**
     * Addresses; one that begins with a minus may fail. {@code *} is all of IPv4, {@code ::*} all
     * of IPv6.
     */
    public final TextList bind =
            new TextList("bind", 0, List.of("*", "-::*"), NetSettings::addresses);

    public final Amount tcpBacklog = Rows.fixed("tcp-backlog", 511, 0, INT_MAX);

    /** Seconds between probes of an idle peer; 0 is off. */
    public final Amount tcpKeepaliveSeconds = Rows.count("tcp-keepalive", 300);

    /** Seconds after which an idle client is disconnected; 0 is never. */
    public final Amount timeoutSeconds = Rows.count("timeout", 0);

    public final Text bindSourceAddr = Rows.text("bind-source-addr", "");
    public final Text unixsocket = Rows.fixedText("unixsocket", "");
    public final Amount unixsocketperm =
            new Amount("unixsocketperm", IMMUTABLE, Amount.Unit.OCTAL, 0, 0, 0777);
    public final Toggle protectedMode = Rows.yes("protected-mode");
    public final Text requirepass = new Text("requirepass", SENSITIVE, "");
    public final Amount maxclients = Rows.number("maxclients", 10_000, 1, 4_294_967_295L);
    public final Amount ioThreads = Rows.fixed("io-threads", 1, 1, 128);
    public final Toggle ioThreadsDoReads = Rows.fixedNo("io-threads-do-reads");
    public final Choice ioTransport =
            Choice.of(
                    "io-transport", IMMUTABLE | HIDDEN, "auto", "auto", "io_uring", "epoll", "nio");
    public final Amount protoMaxBulkLen = Rows.bytes("proto-max-bulk-len", 512 * MB, MB);
    public final Amount clientQueryBufferLimit = Rows.bytes("client-query-buffer-limit", GB, MB);
    public final OutputLimits outputLimits = new OutputLimits();

    /** Bytes, or a negative percentage of maxmemory; 0 is no limit. */
    public final Amount maxmemoryClients =
            new Amount("maxmemory-clients", 0, Amount.Unit.BYTES_OR_PERCENT, 0, 0, Long.MAX_VALUE);

    /** Keys of which is remembered who has read them; 0 is no limit. */
    public final Amount trackingTableMaxKeys = Rows.wide("tracking-table-max-keys", 1_000_000);

    NetSettings(Config config) {
        config.add(port);
        config.add(bind);
        config.add(tcpBacklog);
        config.add(tcpKeepaliveSeconds);
        config.add(timeoutSeconds);
        config.add(bindSourceAddr);
        config.add(unixsocket);
        config.add(unixsocketperm);
        config.add(protectedMode);
        config.add(requirepass);
        config.add(maxclients);
        config.add(ioThreads);
        config.add(ioThreadsDoReads);
        config.add(ioTransport);
        config.add(protoMaxBulkLen);
        config.add(clientQueryBufferLimit);
        config.add(outputLimits);
        config.add(maxmemoryClients);
        config.add(trackingTableMaxKeys);
    }

    private static List<String> addresses(List<String> words) throws BadValue {
        if (words.size() > MAX_ADDRESSES) {
            throw new BadValue("Too many bind addresses specified.");
        }
        List<String> given = new ArrayList<>(words);
        given.removeIf(String::isEmpty);
        return given;
    }
}
