package io.carnelian.server.connection;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Link;
import io.carnelian.server.client.TrackingMode;
import io.carnelian.server.client.Transaction;
import io.carnelian.server.command.Call;
import io.carnelian.server.resp.Output;

/** One client as a line of CLIENT LIST: {@code id=3 addr=127.0.0.1:50222 …}. */
final class ClientLine {
    private ClientLine() {}

    static void append(StringBuilder to, Client client, long nowMs) {
        append(to, client, nowMs, 0, 0);
    }

    /** As {@link #append}, for the client whose command runs: its request counts as read. */
    static void append(StringBuilder to, Client client, Call running) {
        boolean own = client == running.client();
        append(
                to,
                client,
                running.nowMs(),
                own ? running.requestBytes() : 0,
                own ? running.argumentBytes() : 0);
    }

    private static void append(
            StringBuilder to, Client client, long nowMs, long requestBytes, long argumentBytes) {
        Link link = client.link();
        long unparsed = client.unansweredBytes() + requestBytes;
        Transaction queued = client.transaction();
        long queuedBytes = queued == null ? 0 : queued.requests().heldBytes();
        long unsent = client.output().pendingBytes() + link.unsentBytes();
        long first = Math.min(unsent, Output.CHUNK_BYTES);
        long beyond = unsent - first;
        long held = client.output().heldBytes();
        String name = client.name();
        to.append("id=").append(client.id());
        to.append(" addr=").append(link.peerAddress());
        to.append(" laddr=").append(link.localAddress());
        to.append(" fd=").append(link.fileDescriptor());
        to.append(" name=").append(name == null ? "" : name);
        to.append(" age=").append((nowMs - client.createdAtMs()) / 1000);
        to.append(" idle=").append((nowMs - client.lastInteractionMs()) / 1000);
        to.append(" flags=").append(flags(client));
        to.append(" db=").append(client.db().index());
        to.append(" sub=").append(client.channels).append(" psub=").append(client.patterns);
        to.append(" ssub=").append(client.shardChannels);
        to.append(" multi=").append(queued == null ? -1 : queued.requests().count());
        to.append(" qbuf=").append(unparsed);
        to.append(" qbuf-free=").append(Math.max(0, link.inputBytes() - link.unparsedBytes()));
        to.append(" argv-mem=").append(argumentBytes).append(" multi-mem=").append(queuedBytes);
        to.append(" rbs=").append(held).append(" rbp=").append(held);
        to.append(" obl=").append(first);
        to.append(" oll=").append((beyond + Output.CHUNK_BYTES - 1) / Output.CHUNK_BYTES);
        to.append(" omem=").append(beyond == 0 ? 0 : unsent);
        to.append(" tot-mem=").append(client.memoryBytes() + requestBytes);
        to.append(" events=").append(unsent > 0 ? "rw" : "r");
        to.append(" cmd=").append(client.lastCommand());
        to.append(" user=").append(client.userName());
        TrackingMode tracking = client.tracking;
        to.append(" redir=").append(tracking == null ? -1 : tracking.redirect);
        to.append(" resp=").append(client.resp3 ? 3 : 2);
        to.append(" lib-name=").append(client.libName());
        to.append(" lib-ver=").append(client.libVersion());
    }

    private static String flags(Client client) {
        StringBuilder flags = new StringBuilder();
        mark(flags, client.monitor, 'O');
        mark(flags, client.replica && !client.monitor, 'S');
        mark(flags, client.primary, 'M');
        mark(flags, client.isSubscriber(), 'P');
        mark(flags, client.transaction() != null, 'x');
        mark(flags, client.waiting, 'b');
        TrackingMode tracking = client.tracking;
        mark(flags, tracking != null, 't');
        mark(flags, tracking != null && tracking.broken, 'R');
        mark(flags, tracking != null && tracking.broadcast, 'B');
        mark(flags, client.watchedKeyChanged, 'd');
        mark(flags, client.closing, 'c');
        mark(flags, client.link().isUnixSocket(), 'U');
        mark(flags, client.noEvict, 'e');
        mark(flags, client.noTouch, 'T');
        return flags.isEmpty() ? "N" : flags.toString();
    }

    private static void mark(StringBuilder flags, boolean on, char letter) {
        if (on) {
            flags.append(letter);
        }
    }
}
