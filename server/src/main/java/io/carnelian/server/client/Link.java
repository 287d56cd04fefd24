package io.carnelian.server.client;

/** What a client's connection can be asked for by the command thread. Faked in tests. */
public interface Link {
    /** There are replies in the client's output: send them at the end of this turn. */
    void outputReady();

    /** Closes the connection once its output has been sent, or at once. */
    void close(boolean afterOutput);

    /** {@code ip:port}, or {@code path:0} for a unix socket. */
    String peerAddress();

    String localAddress();

    /** File descriptor for CLIENT LIST, -1 when unknown. */
    int fileDescriptor();

    /** Bytes handed to the connection that the socket has not taken yet. */
    long unsentBytes();

    /** Bytes of requests received and not parsed yet. */
    long unparsedBytes();

    /** Bytes that have come since the connection began, roughly when other threads read them. */
    default long arrivedBytes() {
        return 0;
    }

    /** Whether requests of so many bytes may wait with their client; reports it if not. */
    default boolean mayPostpone(long bytes) {
        return true;
    }

    /** Memory held for requests that are not parsed yet. */
    long inputBytes();

    /** Whether the peer is on this machine because it came through a unix socket. */
    boolean isUnixSocket();

    /** Runs the requests that were postponed while the client waited; or parses on after AUTH. */
    void resume();

    /** The same connection, for a client that turns into a replica. */
    default ReplicaLink replicaLink() {
        throw new UnsupportedOperationException("this connection carries no stream");
    }
}
