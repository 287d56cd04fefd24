package io.carnelian.server.client;

import io.netty.buffer.ByteBuf;

/**
 * What a connection offers besides replies once its peer is a replica: buffers go to the socket as
 * they are (slices of the stream's blocks, chunks of a snapshot), and the writer hears when the
 * socket has taken them, so that it can bound what is under way. Faked in tests.
 *
 * <pre>
 *   command thread   ──write(slice)…flush()──►┐
 *                                             ├─► socket, in this order
 *   snapshot thread  ──send(chunk)───────────►┘
 *                    ◄──sent(bytes, ok)────────
 * </pre>
 *
 * Everything that the client's {@link Client#output} holds when {@code write} is called goes to the
 * socket before it: the answers to the handshake come before +FULLRESYNC.
 */
public interface ReplicaLink {
    /**
     * Queues bytes for the socket; command thread only. Takes the buffer over, also when the
     * connection has ended: it is released and {@code done} hears false.
     *
     * @param done called on the command thread, perhaps inside {@link #flush}, or inside this call
     *     when the connection has ended
     */
    void write(ByteBuf bytes, Sent done);

    /**
     * Hands to the socket what {@link #write} queued, now or at the end of this turn. Command
     * thread only.
     */
    void flush();

    /**
     * Sends bytes, from any one thread at a time; never blocks. Takes the buffer over as {@link
     * #write} does.
     *
     * @param done called on the connection's loop or inside this call: must be short and
     *     thread-safe
     */
    void send(ByteBuf bytes, Sent done);

    /**
     * Whether small pieces are sent at once, or the system may gather them. Command thread only.
     */
    default void noDelay(boolean on) {}

    /**
     * Hears what became of bytes. One object serves all writes of a connection: nothing is
     * allocated for each.
     */
    @FunctionalInterface
    interface Sent {
        /** The socket has taken {@code bytes} bytes ({@code ok}), or never will. */
        void sent(int bytes, boolean ok);
    }
}
