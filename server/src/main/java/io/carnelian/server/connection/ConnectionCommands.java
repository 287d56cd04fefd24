package io.carnelian.server.connection;

import static io.carnelian.server.command.Categories.CONNECTION;
import static io.carnelian.server.command.Flags.ALLOW_BUSY;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.NO_AUTH;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.Version;
import io.carnelian.server.client.Client;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Keys;
import io.carnelian.server.feed.NodeRole;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** PING, ECHO, HELLO, AUTH, RESET, QUIT: what a client says before and after its work. */
public final class ConnectionCommands {
    private static final int ANYTIME = NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY;
    private static final Token AUTH = Token.of("AUTH");
    private static final Token SETNAME = Token.of("SETNAME");
    private static final byte[] RESET_DONE = Reply.ascii("+RESET\r\n");
    private static final ErrorReply PROTOCOL_NUMBER =
            ErrorReply.of("ERR Protocol version is not an integer or out of range");
    private static final ErrorReply NO_PROTOCOL =
            ErrorReply.of("NOPROTO unsupported protocol version");
    private static final ErrorReply HELLO_NOAUTH =
            ErrorReply.of(
                    "NOAUTH HELLO must be called with the client already "
                            + "authenticated, otherwise the HELLO AUTH"
                            + " <user> <pass> option can be used to "
                            + "authenticate the client and select the RESP"
                            + " protocol version at the same time");

    private final Authentication authentication;
    private final ClientNames names;
    private final Supplier<NodeRole> role;
    private final List<Consumer<Client>> onReset = new ArrayList<>();

    /** {@code role} is what this node is at the moment; HELLO tells it. */
    public ConnectionCommands(
            Authentication authentication, Supplier<NodeRole> role, ClientNames names) {
        this.names = names;
        this.authentication = authentication;
        this.role = role;
    }

    /**
     * Adds what RESET has to undo besides name, user, protocol and database: MULTI, subscriptions,
     * MONITOR.
     */
    public void onReset(Consumer<Client> undo) {
        onReset.add(undo);
    }

    public void addTo(CommandTable commands) {
        commands.add("ping", -1, FAST, Keys.NONE, CONNECTION, this::ping);
        commands.add("echo", 2, LOADING | STALE | FAST, Keys.NONE, CONNECTION, this::echo);
        commands.add("hello", -1, ANYTIME, Keys.NONE, CONNECTION, this::hello);
        commands.add("auth", -2, ANYTIME, Keys.NONE, CONNECTION, this::auth);
        commands.add("reset", 1, ANYTIME, Keys.NONE, CONNECTION, this::reset).neverQueued();
        commands.add("quit", -1, ANYTIME, Keys.NONE, CONNECTION, this::quit).neverQueued();
    }

    private void ping(Call call) {
        if (!call.client().resp3
                && (call.client().gates & Gate.PUBSUB_CONTEXT.bit()) != 0
                && call.argc() <= 2) {
            call.reply().array(2);
            call.reply().bulk("pong");
            call.reply().bulk(call.argc() == 2 ? call.string(1) : "");
            return;
        }
        switch (call.argc()) {
            case 1 -> call.reply().pong();
            case 2 -> call.reply().bulk(call.address(1), call.length(1));
            default -> throw call.command().arityError().error();
        }
    }

    private void echo(Call call) {
        call.reply().bulk(call.address(1), call.length(1));
    }

    private void quit(Call call) {
        call.reply().ok();
        call.client().closeAfterReply();
    }

    private void auth(Call call) {
        for (int i = 1; i < call.argc(); i++) {
            call.redact(i);
        }
        switch (call.argc()) {
            case 2 -> authentication.authenticate(call.client(), call.bytes(1));
            case 3 -> authentication.authenticate(call.client(), call.string(1), call.bytes(2));
            default -> throw Errors.syntax();
        }
        call.reply().ok();
    }

    private void hello(Call call) {
        Client client = call.client();
        long version = client.resp3 ? 3 : 2;
        if (call.argc() > 1) {
            version = call.longArg(1, PROTOCOL_NUMBER);
            if (version < 2 || version > 3) {
                throw NO_PROTOCOL.error();
            }
        }
        String name = options(call);
        if (!client.authenticated && authentication.isRequired()) {
            throw HELLO_NOAUTH.error();
        }
        if (name != null) {
            names.set(client, name);
        }
        client.resp3 = version == 3;
        call.reply().target(client.output(), client.resp3);
        describe(call.reply(), client);
    }

    /** Obeys AUTH and gives back the name that SETNAME asks for. */
    private @Nullable String options(Call call) {
        String name = null;
        int i = 2;
        while (i < call.argc()) {
            int more = call.argc() - 1 - i;
            if (call.is(i, AUTH) && more >= 2) {
                call.redact(i + 1);
                call.redact(i + 2);
                authentication.authenticate(call.client(), call.string(i + 1), call.bytes(i + 2));
                i += 3;
            } else if (call.is(i, SETNAME) && more >= 1) {
                name = call.string(i + 1);
                ClientNames.check(name);
                i += 2;
            } else {
                throw ErrorReply.of("ERR Syntax error in HELLO option '" + call.shown(i) + "'")
                        .error();
            }
        }
        return name;
    }

    private void describe(Reply reply, Client client) {
        reply.map(7);
        reply.bulk("server");
        reply.bulk("redis");
        reply.bulk("version");
        reply.bulk(Version.REDIS);
        reply.bulk("proto");
        reply.integer(client.resp3 ? 3 : 2);
        reply.bulk("id");
        reply.integer(client.id());
        reply.bulk("mode");
        reply.bulk("standalone");
        reply.bulk("role");
        reply.bulk(role.get() == NodeRole.PRIMARY ? "master" : "replica");
        reply.bulk("modules");
        reply.array(0);
    }

    /** Back to the state of a new connection. */
    private void reset(Call call) {
        Client client = call.client();
        for (Consumer<Client> undo : onReset) {
            undo.accept(client);
        }
        client.select(call.keyspace().db(0));
        client.resp3 = false;
        client.replies = Client.REPLIES_ON;
        client.noEvict = false;
        client.noTouch = false;
        names.set(client, "");
        authentication.forget(client);
        call.reply().target(client.output(), false);
        call.reply().raw(RESET_DONE);
    }
}
