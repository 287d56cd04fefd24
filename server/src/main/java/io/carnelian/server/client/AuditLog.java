package io.carnelian.server.client;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line of the log for each change that somebody may have to explain later: configuration,
 * emptied databases. (A change of role has such a line of its own, in Redis's words.) A line feed
 * or another control character in a value is written as {@code \xHH}, so that nobody who may set a
 * value can write lines of his own into the log.
 *
 * <pre>
 *   Audit: CONFIG SET maxmemory '0' to '104857600' (user 'default', id 7, addr 127.0.0.1:50222)
 * </pre>
 */
public final class AuditLog {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);

    private AuditLog() {}

    /** Somebody did this. What comes without a connection (a file being loaded) has no line. */
    public static void event(Client by, String what) {
        String address = by.link().peerAddress();
        if (by.primary) {
            LOG.info("Audit: {} (from the primary's stream)", oneLine(what));
        } else if (!address.isEmpty()) {
            LOG.info(
                    "Audit: {} (user '{}', id {}, addr {})",
                    oneLine(what),
                    oneLine(by.userName()),
                    by.id(),
                    address);
        }
    }

    /** It was done by a signal to this process. */
    public static void signal(String name, String what) {
        LOG.info("Audit: {} ({})", oneLine(what), name);
    }

    private static String oneLine(String text) {
        StringBuilder line = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                line.append(String.format("\\x%02x", (int) c));
            } else {
                line.append(c);
            }
        }
        return line.toString();
    }
}
