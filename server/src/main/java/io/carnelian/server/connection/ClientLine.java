package io.carnelian.server.connection;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Link;

/** One client as a line of CLIENT LIST: {@code id=3 addr=127.0.0.1:50222 …}. */
final class ClientLine {
    private ClientLine() {}

    static void append(StringBuilder to, Client client, long nowMs) {
        Link link = client.link();
        long unparsed = link.unparsedBytes();
        long unsent = client.output().pendingBytes() + link.unsentBytes();
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
        to.append(" sub=0 psub=0 ssub=0 multi=-1");
        to.append(" qbuf=").append(unparsed).append(" qbuf-free=0 argv-mem=0 multi-mem=0");
        to.append(" rbs=").append(held).append(" rbp=").append(held);
        to.append(" obl=").append(unsent).append(" oll=0 omem=").append(held);
        to.append(" tot-mem=").append(unparsed + held);
        to.append(" events=").append(unsent > 0 ? "rw" : "r");
        to.append(" cmd=").append(client.lastCommand());
        to.append(" user=").append(client.userName());
        to.append(" redir=-1 resp=").append(client.resp3 ? 3 : 2);
        to.append(" lib-name=").append(client.libName());
        to.append(" lib-ver=").append(client.libVersion());
    }

    private static String flags(Client client) {
        StringBuilder flags = new StringBuilder();
        mark(flags, client.monitor, 'O');
        mark(flags, client.replica && !client.monitor, 'S');
        mark(flags, client.primary, 'M');
        mark(flags, client.transaction() != null, 'x');
        mark(flags, client.waiting, 'b');
        mark(flags, client.closing, 'c');
        mark(flags, client.link().peerAddress().startsWith("/"), 'U');
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
