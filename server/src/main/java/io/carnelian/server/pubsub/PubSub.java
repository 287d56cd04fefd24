package io.carnelian.server.pubsub;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Registrations;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Executor;
import io.carnelian.server.command.Gate;
import io.carnelian.server.info.Info;
import io.carnelian.server.resp.Output;
import io.carnelian.server.resp.Reply;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Delivers messages to subscribers. A message reaches first the subscribers of its channel, then
 * those whose patterns match, each kind in the order of subscription; a client with both gets it
 * twice.
 *
 * <pre>
 *   message channel text     pmessage pattern channel text     smessage channel text
 * </pre>
 *
 * In RESP3 these are push messages, in RESP2 arrays. Command thread only.
 */
public final class PubSub {
    private static final byte[] MESSAGE = Reply.ascii("message");
    private static final byte[] PMESSAGE = Reply.ascii("pmessage");
    private static final byte[] SMESSAGE = Reply.ascii("smessage");

    final Directory channels;
    final Directory patterns;
    final Directory shards;
    private final Registrations registrations;
    private final Reply writer;
    private final Executor executor;

    public PubSub(Executor executor, ByteBufAllocator allocator, Registrations registrations) {
        this.executor = executor;
        this.registrations = registrations;
        channels = new Directory(registrations);
        patterns = new Directory(registrations);
        shards = new Directory(registrations);
        this.writer = new Reply(new Output(allocator));
    }

    /**
     * Sends a message about what the running command does. Its own client hears of it after the
     * reply, which may be half written.
     */
    public void announce(byte[] channelName, byte[] text) {
        if (!hasSubscribers()) {
            return;
        }
        Client speaking = executor.replyingTo();
        if (speaking == null || subscriptions(speaking) == 0) {
            publish(channelName, text);
        } else {
            executor.afterReply(() -> publish(channelName, text));
        }
    }

    /** Throws the error for the client if there is no room for the names of its command. */
    void requireRoom(Call call) {
        call.requireCopies(1);
        long bytes = 0;
        for (int i = 1; i < call.argc(); i++) {
            bytes += Directory.bytesOf(call.length(i));
        }
        registrations.require(bytes);
    }

    /** Sends a message to a channel; the number of deliveries. */
    public int publish(byte[] channelName, byte[] text) {
        Channel channel = new Channel(channelName);
        int receivers = deliver(channels.subscribers(channel), MESSAGE, channelName, text);
        for (Map.Entry<Channel, Set<Client>> entry : patterns.all().entrySet()) {
            byte[] pattern = entry.getKey().name();
            if (entry.getKey().matches(channelName)) {
                for (Client client : entry.getValue()) {
                    writerFor(client).push(4);
                    writer.bulk(PMESSAGE);
                    writer.bulk(pattern);
                    writer.bulk(channelName);
                    writer.bulk(text);
                    receivers++;
                }
            }
        }
        return receivers;
    }

    /** Sends a message to a shard channel; the number of deliveries. */
    public int publishShard(byte[] channelName, byte[] text) {
        return deliver(shards.subscribers(new Channel(channelName)), SMESSAGE, channelName, text);
    }

    private int deliver(@Nullable Set<Client> to, byte[] kind, byte[] channel, byte[] text) {
        if (to == null) {
            return 0;
        }
        for (Client client : to) {
            writerFor(client).push(3);
            writer.bulk(kind);
            writer.bulk(channel);
            writer.bulk(text);
        }
        return to.size();
    }

    /** Writes push messages to a client, whatever it said about replies. */
    Reply writerFor(Client client) {
        writer.target(client.output(), client.resp3);
        client.link().outputReady();
        return writer;
    }

    /** Whether anybody could hear a message to a channel. */
    public boolean hasSubscribers() {
        return channels.names() > 0 || patterns.names() > 0;
    }

    /**
     * Number of channels and patterns that the client has subscribed to; shard channels count
     * apart.
     */
    public int subscriptions(Client client) {
        return channels.count(client) + patterns.count(client);
    }

    public int channelCount(Client client) {
        return channels.count(client);
    }

    public int patternCount(Client client) {
        return patterns.count(client);
    }

    public int shardCount(Client client) {
        return shards.count(client);
    }

    /** Writes the counts to INFO. */
    public void addTo(Info info) {
        info.write(
                "Stats",
                to -> {
                    to.put("pubsub_channels", channelNames())
                            .put("pubsub_patterns", patternNames());
                    to.put("pubsubshard_channels", shardNames());
                });
    }

    /** Channels with subscribers, for INFO. */
    public int channelNames() {
        return channels.names();
    }

    /** Patterns with subscribers, for INFO. */
    public int patternNames() {
        return patterns.names();
    }

    public int shardNames() {
        return shards.names();
    }

    /** Forgets the subscriptions of a client that resets or goes, without telling it. */
    public void forget(Client client) {
        forgetIn(channels, client);
        forgetIn(patterns, client);
        forgetIn(shards, client);
        updateContext(client);
    }

    private static void forgetIn(Directory directory, Client client) {
        for (Channel channel : directory.of(client)) {
            directory.remove(client, channel);
        }
    }

    /**
     * Arms or disarms the gate that keeps a subscriber to the pub/sub commands, by what it is
     * subscribed to.
     */
    void updateContext(Client client) {
        client.channels = channels.count(client);
        client.patterns = patterns.count(client);
        client.shardChannels = shards.count(client);
        if (client.isSubscriber()) {
            client.gates |= Gate.PUBSUB_CONTEXT.bit();
        } else {
            client.gates &= ~Gate.PUBSUB_CONTEXT.bit();
        }
    }
}
