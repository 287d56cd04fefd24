package io.carnelian.server.connection;

import io.carnelian.server.client.Client;
import io.carnelian.server.command.Call;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The filters of CLIENT KILL: {@code ID, ADDR, LADDR, TYPE, USER, MAXAGE, SKIPME}; a client must
 * pass all of them.
 */
final class ClientFilter {
    private static final ErrorReply BAD_ID =
            ErrorReply.of("ERR client-id should be greater than 0");
    private static final ErrorReply BAD_AGE =
            ErrorReply.of("ERR maxage is not an integer or out of range");
    private static final ErrorReply NO_AGE = ErrorReply.of("ERR maxage should be greater than 0");
    private static final Token YES = Token.of("yes");
    private static final Token NO = Token.of("no");

    private long id;
    private long maxAgeSeconds;
    private @Nullable String peer;
    private @Nullable String local;
    private @Nullable String type;
    private boolean skipMe = true;

    /** Reads the options of a call from an argument on, or throws what Redis says about them. */
    static ClientFilter parse(Call call, int from) {
        ClientFilter filter = new ClientFilter();
        for (int i = from; i < call.argc(); i += 2) {
            if (i + 1 == call.argc()) {
                throw Errors.syntax();
            }
            filter.option(call, call.string(i).toLowerCase(Locale.ROOT), i + 1);
        }
        return filter;
    }

    private void option(Call call, String name, int value) {
        switch (name) {
            case "id" -> id = call.longArg(value, 1, Long.MAX_VALUE, BAD_ID);
            case "addr" -> peer = call.string(value);
            case "laddr" -> local = call.string(value);
            case "type" -> type = typeNamed(call.shown(value));
            case "user" -> user(call.string(value));
            case "maxage" -> {
                maxAgeSeconds = call.longArg(value, BAD_AGE);
                if (maxAgeSeconds <= 0) {
                    throw NO_AGE.error();
                }
            }
            case "skipme" -> skipMe = yesOrNo(call, value);
            default -> throw Errors.syntax();
        }
    }

    private static void user(String name) {
        if (!name.equals("default")) {
            throw ErrorReply.of("ERR No such user '" + name + "'").error();
        }
    }

    private static boolean yesOrNo(Call call, int i) {
        if (call.is(i, YES)) {
            return true;
        }
        if (call.is(i, NO)) {
            return false;
        }
        throw Errors.syntax();
    }

    /** One of normal, replica, pubsub, master; or an error. */
    static String typeNamed(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return switch (lower) {
            case "normal", "pubsub", "master" -> lower;
            case "slave", "replica" -> "replica";
            default -> throw ErrorReply.of("ERR Unknown client type '" + name + "'").error();
        };
    }

    static String typeOf(Client client) {
        if (client.primary) {
            return "master";
        }
        if (client.replica && !client.monitor) {
            return "replica";
        }
        return client.isSubscriber() ? "pubsub" : "normal";
    }

    boolean passes(Client client, Client me, long nowMs) {
        long ageSeconds = (nowMs - client.createdAtMs()) / 1000;
        return (id == 0 || client.id() == id)
                && (peer == null || peer.equals(client.link().peerAddress()))
                && (local == null || local.equals(client.link().localAddress()))
                && (type == null || type.equals(typeOf(client)))
                && ageSeconds >= maxAgeSeconds
                && !(skipMe && client == me);
    }
}
