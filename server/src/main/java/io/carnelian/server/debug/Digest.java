package io.carnelian.server.debug;

import io.carnelian.server.resp.Reply;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * Twenty bytes that stand for data, built as redis-server's DEBUG DIGEST does, so that two servers
 * with the same data give the same: {@link #xor} where order does not matter, {@link #mix} where it
 * does. Both take the SHA-1 of what is added.
 */
public final class Digest {
    private static final byte[] EXPIRES = Reply.ascii("!!expire!!");

    private final MessageDigest sha1;
    private final byte[] bytes = new byte[20];

    public Digest() {
        try {
            sha1 = MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }

    /** Adds to a set: the order of what is added does not matter. */
    public void xor(byte[] added) {
        byte[] hash = sha1.digest(added);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] ^= hash[i];
        }
    }

    /** Adds to a sequence: everything before and its order counts. */
    public void mix(byte[] added) {
        xor(added);
        byte[] hash = sha1.digest(bytes);
        System.arraycopy(hash, 0, bytes, 0, bytes.length);
    }

    /** Adds another digest as an element of a set. */
    public void xor(Digest other) {
        xor(other.bytes);
    }

    void mixInt(int v) {
        mix(new byte[] {(byte) (v >>> 24), (byte) (v >>> 16), (byte) (v >>> 8), (byte) v});
    }

    void expires() {
        xor(EXPIRES);
    }

    void clear() {
        Arrays.fill(bytes, (byte) 0);
    }

    String hex() {
        StringBuilder hex = new StringBuilder(40);
        for (byte b : bytes) {
            hex.append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
        }
        return hex.toString();
    }
}
