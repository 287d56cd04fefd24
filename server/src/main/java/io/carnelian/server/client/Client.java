package io.carnelian.server.client;

import io.carnelian.server.resp.Output;
import io.carnelian.server.store.Database;
import org.jspecify.annotations.Nullable;

/**
 * One connection as the commands see it: its database, protocol version, name, what it waits for,
 * what it has subscribed to or tracks, and the memory of all that. The socket is behind {@link
 * Link}; who has subscribed to what, watches what or waits for what is in the modules' own tables.
 * Owned by the command thread.
 */
public final class Client {
    /** Values of {@link #replies}: what CLIENT REPLY asked for. */
    public static final int REPLIES_ON = 0;

    public static final int REPLIES_OFF = 1;

    /** The next command's reply is dropped. */
    public static final int SKIP_NEXT = 2;

    /** What a connection without anything to do takes: its objects here and in the library. */
    private static final long BASE_BYTES = 2 * 1024;

    private final long id;
    private final long createdAtMs;
    private final Output output;
    private Link link;
    private Database db;

    /** Gates armed for this client alone, as bits. */
    public int gates;

    /** Which of the gates armed for all hold for this client too, as bits. */
    public int obeys = -1;

    public boolean resp3;

    /** Whether it has passed AUTH or needs none. Read by its parser for the limits of strangers. */
    public volatile boolean authenticated;

    public boolean monitor;
    public boolean replica;

    /** It follows the stream of a primary: its commands come from there, and get no replies. */
    public boolean primary;

    /** Whether the rest of its requests is to be thrown away: QUIT, a protocol error, a kill. */
    public boolean closing;

    /** Whether its connection has ended, or will at once, whatever it has not read. */
    public boolean gone;

    /** A key that it watches has changed: its EXEC will answer null. */
    public boolean watchedKeyChanged;

    /** Whether its requests wait: it is blocked on keys or paused. */
    public boolean waiting;

    /** Whether replies are written to it: {@link #REPLIES_ON} and so on. */
    public int replies;

    /** It is not disconnected for the memory that clients take. */
    public boolean noEvict;

    /** Its reads leave the access clocks of keys alone. */
    public boolean noTouch;

    /**
     * How far the stream was behind its last write, as {@code WriteStream.appended} counts: its
     * replies wait until so much is stored ({@code appendfsync always}).
     */
    public long storedAt;

    /** How far the stream was behind its last command: what it may have read of others' writes. */
    public long seenAt;

    /** How it hears of changed keys that it may have cached; null while it does not. */
    public @Nullable TrackingMode tracking;

    /** It was told of changed keys, and may not have read all of that. */
    public boolean toldOfChanges;

    /** How many channels, patterns and shard channels it has subscribed to. */
    public int channels;

    public int patterns;
    public int shardChannels;

    /** Memory of its subscriptions and watched keys, roughly, in bytes. */
    public long registeredBytes;

    /** What of its memory is in the sum of all clients, in bytes; kept by their limits. */
    public long countedBytes;

    /** What its buffers held when they were last looked at, in bytes, and as what they counted. */
    public long sampledBytes;

    public boolean sampledAsReplica;

    /** What of it waits to be read by a client that is told of changed keys, in bytes. */
    public long sampledToldBytes;

    /** Its place among those that cron visits in turn; kept by {@link Clients}. */
    int place;

    /** Since when its output has been above the soft limit, in ms since 1970; 0: it is not. */
    public long softLimitSinceMs;

    private @Nullable QueuedRequests postponed;
    private @Nullable Transaction transaction;
    private @Nullable String name;
    private String libName = "";
    private String libVersion = "";
    private String userName = "default";
    private String lastCommand = "NULL";
    private long lastInteractionMs;

    public Client(long id, Output output, Link link, Database db, long nowMs) {
        this.id = id;
        this.output = output;
        this.link = link;
        this.db = db;
        this.createdAtMs = nowMs;
        this.lastInteractionMs = nowMs;
    }

    public long id() {
        return id;
    }

    public Output output() {
        return output;
    }

    public Link link() {
        return link;
    }

    public Database db() {
        return db;
    }

    public void select(Database chosen) {
        db = chosen;
    }

    public long createdAtMs() {
        return createdAtMs;
    }

    public long lastInteractionMs() {
        return lastInteractionMs;
    }

    /** Called once for each command that it runs. */
    public void interactedAt(long nowMs, String command) {
        lastInteractionMs = nowMs;
        lastCommand = command;
    }

    public String lastCommand() {
        return lastCommand;
    }

    public @Nullable String name() {
        return name;
    }

    public void setName(@Nullable String newName) {
        name = newName;
    }

    public String libName() {
        return libName;
    }

    public void setLibName(String value) {
        libName = value;
    }

    public String libVersion() {
        return libVersion;
    }

    public void setLibVersion(String value) {
        libVersion = value;
    }

    public String userName() {
        return userName;
    }

    public void setUserName(String user) {
        userName = user;
    }

    /** Requests that came while it waited, in their order. */
    public QueuedRequests postponed() {
        QueuedRequests kept = postponed;
        if (kept == null) {
            kept = new QueuedRequests(output.allocator());
            postponed = kept;
        }
        return kept;
    }

    /** What it queues since MULTI, or null outside of a transaction. */
    public @Nullable Transaction transaction() {
        return transaction;
    }

    public void setTransaction(@Nullable Transaction begun) {
        transaction = begun;
    }

    /** Takes the postponed requests, or null when there are none; the caller frees them. */
    public @Nullable QueuedRequests takePostponed() {
        QueuedRequests taken = postponed;
        postponed = null;
        return taken;
    }

    /** Whether it is on this machine: a unix socket or the loopback address. */
    public boolean isLocal() {
        String from = link.peerAddress();
        return link.isUnixSocket() || from.startsWith("127.") || from.startsWith("[::1]:");
    }

    /** Whether it has subscribed to anything. */
    public boolean isSubscriber() {
        return channels + patterns + shardChannels > 0;
    }

    /** Memory that it takes now, in bytes: buffers, queued requests, what it is registered for. */
    public long memoryBytes() {
        long bytes = BASE_BYTES + registeredBytes;
        bytes += output.heldBytes() + link.unsentBytes() + link.inputBytes();
        bytes += postponed == null ? 0 : postponed.heldBytes();
        return bytes + (transaction == null ? 0 : transaction.requests().heldBytes());
    }

    /** Bytes of requests that it has sent and that have not run: unparsed or postponed. */
    public long unansweredBytes() {
        return link.unparsedBytes() + (postponed == null ? 0 : postponed.usedBytes());
    }

    /** Whether replies may be written to it: it is neither closing nor a stream's applier. */
    public boolean listens() {
        return !closing && !primary;
    }

    /** Ends the connection after what has been written so far. */
    public void closeAfterReply() {
        closing = true;
        link.close(true);
    }

    /** How far the stream was when it last wrote or read: what WAIT asks others for. */
    public long knownAt() {
        return Math.max(storedAt, seenAt);
    }

    /** Ends the connection now. */
    public void kill() {
        closing = true;
        gone = true;
        link.close(false);
    }

    @Override
    public String toString() {
        return "id=" + id + " addr=" + link.peerAddress();
    }
}
