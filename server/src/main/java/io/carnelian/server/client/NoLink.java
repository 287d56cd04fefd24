package io.carnelian.server.client;

/** The link of a client without a connection: nobody, an applier of effects, a test. */
public class NoLink implements Link {
    @Override
    public void outputReady() {}

    @Override
    public void close(boolean afterOutput) {}

    @Override
    public String peerAddress() {
        return "";
    }

    @Override
    public String localAddress() {
        return "";
    }

    @Override
    public int fileDescriptor() {
        return -1;
    }

    @Override
    public long unsentBytes() {
        return 0;
    }

    @Override
    public long unparsedBytes() {
        return 0;
    }

    @Override
    public long inputBytes() {
        return 0;
    }

    @Override
    public boolean isUnixSocket() {
        return peerAddress().startsWith("/");
    }

    @Override
    public void resume() {}
}
