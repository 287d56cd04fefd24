package io.carnelian.server.pubsub;

import io.carnelian.server.resp.Glob;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The name of a channel, or a pattern of names: any bytes. Names compare, so that a table full of
 * names made to collide is still searched in logarithmic time.
 */
final class Channel implements Comparable<Channel> {
    private final byte[] name;
    private @Nullable Glob glob;

    Channel(byte[] name) {
        this.name = name;
    }

    byte[] name() {
        return name;
    }

    /** Whether this name, taken as a pattern, matches another; the pattern is compiled once. */
    boolean matches(byte[] other) {
        Glob compiled = glob;
        if (compiled == null) {
            compiled = Glob.of(name);
            glob = compiled;
        }
        return compiled.matches(other);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Channel channel && Arrays.equals(name, channel.name);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(name);
    }

    @Override
    public int compareTo(Channel other) {
        return Arrays.compare(name, other.name);
    }

    @Override
    public String toString() {
        return new String(name, StandardCharsets.ISO_8859_1);
    }
}
