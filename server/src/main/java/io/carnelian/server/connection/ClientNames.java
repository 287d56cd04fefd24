package io.carnelian.server.connection;

import io.carnelian.server.client.Client;
import io.carnelian.server.resp.ErrorReply;

/** What a client may be called. */
final class ClientNames {
    private static final ErrorReply BAD_NAME =
            ErrorReply.of(
                    "ERR Client names cannot contain spaces, newlines or special characters.");

    private ClientNames() {}

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
    static void set(Client client, String name) {
        client.setName(name.isEmpty() ? null : name);
    }
}
