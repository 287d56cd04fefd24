package io.carnelian.server.connection;

import static io.carnelian.server.command.Categories.CONNECTION;
import static io.carnelian.server.command.Flags.ADMIN;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.admin.HelpText;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * CLIENT: a connection about itself (ID, names, replies), and an operator about all of them (LIST,
 * KILL). What pauses, blocks and tracks clients adds its subcommands from its own module. A client
 * that kills itself still gets its reply.
 */
public final class ClientCommands {
    private static final int OWN = NOSCRIPT | LOADING | STALE;
    private static final int ALL = ADMIN | NOSCRIPT | LOADING | STALE;

    private static final ErrorReply NO_SUCH_CLIENT = ErrorReply.of("ERR No such client");
    private static final ErrorReply BAD_ID = ErrorReply.of("ERR Invalid client ID");
    private static final Token ON = Token.of("ON");
    private static final Token OFF = Token.of("OFF");
    private static final Token SKIP = Token.of("SKIP");
    private static final Token TYPE = Token.of("TYPE");
    private static final Token ID = Token.of("ID");
    private static final Token LIB_NAME = Token.of("LIB-NAME");
    private static final Token LIB_VER = Token.of("LIB-VER");

    private static final String[] HELP = {
        "CACHING <YES|NO>",
        "    With OPTIN or OPTOUT: whether the keys that the next command reads are tracked.",
        "GETNAME",
        "    The name that SETNAME gave to this connection.",
        "GETREDIR",
        "    Which client is told of changed keys in this one's place; 0 none, -1 no tracking.",
        "ID",
        "    The number of this connection; none is used twice.",
        "INFO",
        "    This connection's line of LIST.",
        "KILL <ip:port>",
        "    End the connection from that address.",
        "KILL <filter> <value> [<filter> <value> ...]",
        "    End all connections that pass every filter, and say how many that were:",
        "    * ID <client-id>, ADDR <ip:port>, LADDR <ip:port>, USER <username>",
        "    * TYPE <NORMAL|MASTER|REPLICA|PUBSUB>",
        "    * MAXAGE <seconds>: only older ones.",
        "    * SKIPME <YES|NO>: spare this connection, which is the rule.",
        "LIST [TYPE <NORMAL|MASTER|REPLICA|PUBSUB> | ID <client-id> [<client-id> ...]]",
        "    A line for each connection, or for those of a type, or for these.",
        "NO-EVICT <ON|OFF>",
        "    Whether this connection stays when clients take more than maxmemory-clients.",
        "NO-TOUCH <ON|OFF>",
        "    Whether what this connection reads counts as used.",
        "PAUSE <milliseconds> [WRITE|ALL]",
        "    Let the commands of all clients wait for so long, or only those that write.",
        "REPLY <ON|OFF|SKIP>",
        "    Whether this connection is sent replies; SKIP leaves out the next one.",
        "SETINFO <LIB-NAME|LIB-VER> <value>",
        "    Which client library speaks, and its version, for LIST.",
        "SETNAME <name>",
        "    Name this connection; an empty name takes the name away.",
        "TRACKING <ON|OFF> [REDIRECT <client-id>] [BCAST] [PREFIX <prefix> [...]]",
        "         [OPTIN] [OPTOUT] [NOLOOP]",
        "    Tell this connection when keys change that it has read, or all under a prefix.",
        "TRACKINGINFO",
        "    How this connection tracks keys.",
        "UNBLOCK <client-id> [TIMEOUT|ERROR]",
        "    End another client's wait, as if its time were over or with an error.",
        "UNPAUSE",
        "    End what PAUSE began.",
    };

    private final Clients clients;
    private final ClientNames names;

    public ClientCommands(Clients clients, ClientNames names) {
        this.clients = clients;
        this.names = names;
    }

    /** Returns the container, so that other modules can add to it. */
    public Command addTo(CommandTable commands) {
        Command client = commands.container("client", 0);
        client.sub(
                "id",
                2,
                OWN,
                Keys.NONE,
                CONNECTION,
                call -> call.reply().integer(call.client().id()));
        client.sub("getname", 2, OWN, Keys.NONE, CONNECTION, this::getName);
        client.sub("setname", 3, OWN, Keys.NONE, CONNECTION, this::setName);
        client.sub("setinfo", 4, OWN, Keys.NONE, CONNECTION, this::setInfo);
        client.sub("info", 2, OWN, Keys.NONE, CONNECTION, this::info);
        client.sub("list", -2, ALL, Keys.NONE, CONNECTION, this::list);
        client.sub("kill", -3, ALL, Keys.NONE, CONNECTION, this::kill);
        client.sub("reply", 3, OWN, Keys.NONE, CONNECTION, this::reply);
        client.sub("no-evict", 3, ALL, Keys.NONE, CONNECTION, this::noEvict);
        client.sub("no-touch", 3, OWN, Keys.NONE, CONNECTION, this::noTouch);
        client.sub("help", 2, LOADING | STALE, Keys.NONE, CONNECTION, HelpText.of("CLIENT", HELP));
        return client;
    }

    private void getName(Call call) {
        String name = call.client().name();
        if (name == null) {
            call.reply().nullBulk();
        } else {
            call.reply().bulk(name);
        }
    }

    private void setName(Call call) {
        String name = call.string(2);
        ClientNames.check(name);
        names.set(call.client(), name);
        call.reply().ok();
    }

    private void setInfo(Call call) {
        String value = call.string(3);
        boolean libName = call.is(2, LIB_NAME);
        if (!libName && !call.is(2, LIB_VER)) {
            throw ErrorReply.of("ERR Unrecognized option '" + call.shown(2) + "'").error();
        }
        if (!ClientNames.isPlain(value)) {
            throw ErrorReply.of(
                            "ERR "
                                    + call.string(2)
                                    + " cannot contain spaces, newlines or special characters.")
                    .error();
        }
        if (libName) {
            names.setLibName(call.client(), value);
        } else {
            names.setLibVersion(call.client(), value);
        }
        call.reply().ok();
    }

    private void info(Call call) {
        StringBuilder line = new StringBuilder();
        ClientLine.append(line, call.client(), call);
        verbatim(call, line.append('\n'));
    }

    private void list(Call call) {
        StringBuilder lines = new StringBuilder();
        if (call.argc() == 2) {
            listOfType(call, null, lines);
        } else if (call.argc() == 4 && call.is(2, TYPE)) {
            listOfType(call, ClientFilter.typeNamed(call.shown(3)), lines);
        } else if (call.argc() > 3 && call.is(2, ID)) {
            for (int i = 3; i < call.argc(); i++) {
                Client found = clients.find(call.longArg(i, BAD_ID));
                if (found != null) {
                    line(lines, found, call);
                }
            }
        } else {
            throw Errors.syntax();
        }
        verbatim(call, lines);
    }

    private void listOfType(Call call, @Nullable String type, StringBuilder lines) {
        for (Client client : clients.all()) {
            if (type == null || type.equals(ClientFilter.typeOf(client))) {
                line(lines, client, call);
            }
        }
    }

    private static void line(StringBuilder lines, Client client, Call call) {
        ClientLine.append(lines, client, call);
        lines.append('\n');
    }

    private static void verbatim(Call call, StringBuilder text) {
        call.reply().verbatim("txt", text.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    /** {@code KILL addr} says OK or an error, {@code KILL filters} how many. */
    private void kill(Call call) {
        if (call.argc() == 3) {
            String address = call.string(2);
            for (Client client : clients.all()) {
                if (client.link().peerAddress().equals(address)) {
                    call.reply().ok();
                    end(client, call.client());
                    return;
                }
            }
            throw NO_SUCH_CLIENT.error();
        }
        ClientFilter filter = ClientFilter.parse(call, 2);
        int killed = 0;
        boolean myself = false;
        for (Client client : clients.all()) {
            if (!filter.passes(client, call.client(), call.nowMs())) {
                continue;
            }
            killed++;
            if (client == call.client()) {
                myself = true;
            } else {
                client.kill();
            }
        }
        call.reply().integer(killed);
        if (myself) {
            call.client().closeAfterReply();
        }
    }

    /** A client that kills itself still reads that it did. */
    private static void end(Client client, Client me) {
        if (client == me) {
            client.closeAfterReply();
        } else {
            client.kill();
        }
    }

    private void reply(Call call) {
        Client client = call.client();
        Reply reply = call.reply();
        if (call.is(2, ON)) {
            client.replies = Client.REPLIES_ON;
            reply.target(client.output(), client.resp3);
            reply.ok();
        } else if (call.is(2, OFF)) {
            client.replies = Client.REPLIES_OFF;
            // What a transaction still has to say, too.
            reply.mute();
        } else if (!call.is(2, SKIP)) {
            throw Errors.syntax();
        } else if (client.replies == Client.REPLIES_ON) {
            client.replies = Client.SKIP_NEXT;
        }
    }

    private void noEvict(Call call) {
        call.client().noEvict = onOrOff(call);
        call.reply().ok();
    }

    private void noTouch(Call call) {
        call.client().noTouch = onOrOff(call);
        call.reply().ok();
    }

    private static boolean onOrOff(Call call) {
        if (call.is(2, ON)) {
            return true;
        }
        if (call.is(2, OFF)) {
            return false;
        }
        throw Errors.syntax();
    }
}
