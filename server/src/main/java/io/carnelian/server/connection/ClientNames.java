package io.carnelian.server.connection;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Registrations;
import io.carnelian.server.resp.ErrorReply;
import org.jspecify.annotations.Nullable;

/**
 * What clients may be called, and their libraries. Names lie on the heap, so long ones count as
 * registered.
 */
public final class ClientNames {
    private static final ErrorReply BAD_NAME =
            ErrorReply.of(
                    "ERR Client names cannot contain spaces, newlines or special characters.");

    private final Registrations registrations;

    public ClientNames(Registrations registrations) {
        this.registrations = registrations;
    }

    /** Whether all characters are visible ASCII. */
    static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '!' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    static void check(String name) {
        if (!isPlain(name)) {
            throw BAD_NAME.error();
        }
    }

    /** The empty name takes the name away. */
    void set(Client client, String name) {
        count(client, client.name(), name);
        client.setName(name.isEmpty() ? null : name);
    }

    void setLibName(Client client, String name) {
        count(client, client.libName(), name);
        client.setLibName(name);
    }

    void setLibVersion(Client client, String version) {
        count(client, client.libVersion(), version);
        client.setLibVersion(version);
    }

    /** The client's connection has ended. */
    public void forget(Client client) {
        set(client, "");
        setLibName(client, "");
        setLibVersion(client, "");
    }

    private void count(Client client, @Nullable String before, String after) {
        int more = after.length() - (before == null ? 0 : before.length());
        registrations.require(more);
        registrations.add(client, more);
    }
}
