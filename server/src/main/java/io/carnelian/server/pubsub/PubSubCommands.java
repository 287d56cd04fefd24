package io.carnelian.server.pubsub;

import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.MAY_REPLICATE;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.PUBSUB;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.admin.HelpText;
import io.carnelian.server.client.Client;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * SUBSCRIBE and its kin. Each answers once a name, as a push message: {@code subscribe channel
 * count}. While a RESP2 client is subscribed, the gate PUBSUB_CONTEXT lets through only these
 * commands, PING, QUIT and RESET.
 */
public final class PubSubCommands {
    private static final int SUBSCRIBING = PUBSUB | NOSCRIPT | LOADING | STALE;
    private static final int ASKING = PUBSUB | LOADING | STALE;
    private static final int PUBLISHING = PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE;
    private static final Set<String> ALLOWED =
            Set.of(
                    "subscribe",
                    "unsubscribe",
                    "psubscribe",
                    "punsubscribe",
                    "ssubscribe",
                    "sunsubscribe",
                    "ping",
                    "quit",
                    "reset");
    private static final ErrorReply NOT_FOR_QUEUES =
            ErrorReply.of("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
    private static final String[] HELP = {
        "CHANNELS [<pattern>]",
        "    Names of the channels that have subscribers, all or those that match.",
        "NUMPAT",
        "    Number of patterns that have subscribers.",
        "NUMSUB [<channel> ...]",
        "    Number of subscribers of each channel; those by pattern don't count.",
        "SHARDCHANNELS [<pattern>]",
        "    Names of the shard channels that have subscribers.",
        "SHARDNUMSUB [<shardchannel> ...]",
        "    Number of subscribers of each shard channel.",
    };

    private final PubSub pubSub;

    public PubSubCommands(PubSub pubSub) {
        this.pubSub = pubSub;
    }

    public void addTo(CommandTable commands, Gates gates) {
        addSubscribing(commands, "subscribe", "unsubscribe", Keys.NONE, pubSub.channels);
        addSubscribing(commands, "psubscribe", "punsubscribe", Keys.NONE, pubSub.patterns);
        addSubscribing(commands, "ssubscribe", "sunsubscribe", Keys.ALL, pubSub.shards);
        commands.add("publish", 3, PUBLISHING, Keys.NONE, 0, this::publish);
        commands.add("spublish", 3, PUBLISHING, Keys.FIRST, 0, this::spublish);
        Command pubsub = commands.container("pubsub", 0);
        pubsub.sub("channels", -2, ASKING, Keys.NONE, 0, c -> names(c, pubSub.channels));
        pubsub.sub("numpat", 2, ASKING, Keys.NONE, 0, this::numpat);
        pubsub.sub("numsub", -2, ASKING, Keys.NONE, 0, c -> counts(c, pubSub.channels));
        pubsub.sub("shardchannels", -2, ASKING, Keys.NONE, 0, c -> names(c, pubSub.shards));
        pubsub.sub("shardnumsub", -2, ASKING, Keys.NONE, 0, c -> counts(c, pubSub.shards));
        pubsub.sub("help", 2, LOADING | STALE, Keys.NONE, 0, HelpText.of("PUBSUB", HELP));
        gates.install(Gate.PUBSUB_CONTEXT, PubSubCommands::context);
    }

    private void addSubscribing(
            CommandTable commands, String join, String leave, Keys keys, Directory directory) {
        commands.add(join, -2, SUBSCRIBING, keys, 0, c -> subscribe(c, directory, join));
        commands.add(leave, -1, SUBSCRIBING, keys, 0, c -> leave(c, directory, leave));
    }

    private static @Nullable ErrorReply context(Call call) {
        String name = call.command().fullName();
        if (call.client().resp3 || ALLOWED.contains(name)) {
            return null;
        }
        return ErrorReply.of(
                "ERR Can't execute '"
                        + name
                        + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET"
                        + " are allowed in this context");
    }

    private void subscribe(Call call, Directory directory, String kind) {
        if (directory == pubSub.shards && !call.mayBlock()) {
            throw NOT_FOR_QUEUES.error();
        }
        Client client = call.client();
        pubSub.requireRoom(call);
        for (int i = 1; i < call.argc(); i++) {
            Channel channel = new Channel(call.bytes(i));
            directory.add(client, channel);
            confirm(call, kind, channel, remaining(client, directory));
        }
        pubSub.updateContext(client);
    }

    private void leave(Call call, Directory directory, String kind) {
        Client client = call.client();
        Collection<Channel> left = new ArrayList<>();
        if (call.argc() == 1) {
            left.addAll(directory.of(client));
        }
        for (int i = 1; i < call.argc(); i++) {
            left.add(new Channel(call.bytes(i)));
        }
        for (Channel channel : left) {
            directory.remove(client, channel);
            confirm(call, kind, channel, remaining(client, directory));
        }
        if (left.isEmpty()) {
            confirm(call, kind, null, remaining(client, directory));
        }
        pubSub.updateContext(client);
    }

    /** The count that a confirmation carries: shard channels count for themselves. */
    private int remaining(Client client, Directory directory) {
        return directory == pubSub.shards
                ? pubSub.shardCount(client)
                : pubSub.subscriptions(client);
    }

    /** Told even to a client that has switched replies off: it is a push message. */
    private void confirm(Call call, String kind, @Nullable Channel channel, int count) {
        Reply reply = pubSub.writerFor(call.client());
        reply.push(3);
        reply.bulk(kind);
        if (channel == null) {
            reply.nullBulk();
        } else {
            reply.bulk(channel.name());
        }
        reply.integer(count);
    }

    private void publish(Call call) {
        int receivers = pubSub.publish(call.bytes(1), call.bytes(2));
        call.forcePropagation();
        call.reply().integer(receivers);
    }

    private void spublish(Call call) {
        int receivers = pubSub.publishShard(call.bytes(1), call.bytes(2));
        call.forcePropagation();
        call.reply().integer(receivers);
    }

    private void names(Call call, Directory directory) {
        if (call.argc() > 3) {
            throw Errors.words(call.shown(0), call.shown(1)).error();
        }
        Channel pattern = call.argc() == 3 ? new Channel(call.bytes(2)) : null;
        List<Channel> matching = new ArrayList<>();
        for (Channel channel : directory.all().keySet()) {
            if (pattern == null || pattern.matches(channel.name())) {
                matching.add(channel);
            }
        }
        call.reply().array(matching.size());
        for (Channel channel : matching) {
            call.reply().bulk(channel.name());
        }
    }

    private void counts(Call call, Directory directory) {
        Reply reply = call.reply();
        reply.array(2 * (call.argc() - 2L));
        for (int i = 2; i < call.argc(); i++) {
            byte[] name = call.bytes(i);
            reply.bulk(name);
            reply.integer(directory.subscriberCount(new Channel(name)));
        }
    }

    private void numpat(Call call) {
        call.reply().integer(pubSub.patternNames());
    }
}
