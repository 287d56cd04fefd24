package io.carnelian.server.net;

import io.netty.buffer.ByteBuf;

/** Opens connections to other servers, for the command thread. Faked in tests. */
public interface Dialer {
    /**
     * Begins to connect; never waits, not for the name's address either.
     *
     * @param listener hears what becomes of it, on the command thread and not inside this call
     */
    Wire dial(String host, int port, Listener listener);

    /** What happens to a connection. Command thread only. */
    interface Listener {
        void connected();

        /** Bytes have come; the listener releases them. */
        void received(ByteBuf bytes);

        /** It could not be opened, or has ended: told once, and nothing after it. */
        void closed(String why);
    }

    /** A connection that was opened here, or is about to be. Command thread only. */
    interface Wire {
        void send(byte[] bytes);

        /** Whether more is read; what is under way may still come after switching it off. */
        void reads(boolean on);

        /** Ends it; the listener hears {@link Listener#closed}. */
        void close();

        String peerAddress();

        String localAddress();

        int fileDescriptor();
    }
}
