package io.carnelian.server.command;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Link;
import io.carnelian.server.client.QueuedRequests;
import io.carnelian.server.client.Transaction;
import io.carnelian.server.feed.MonitorLine;
import io.carnelian.server.feed.Monitors;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.notify.Notifications;
import io.carnelian.server.resp.CommandBytes;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Numbers;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import java.nio.charset.StandardCharsets;

/**
 * A running command, as its handler sees it: arguments, client, database, reply, and what it
 * reports back (how much it changed, and other effects than itself). There is one for each depth of
 * nesting; it is valid until the handler returns. Arguments are views of the input bytes: argument
 * 0 is the command's name.
 */
public final class Call {
    /** The longest argument of which {@link #bytes} makes a copy. */
    public static final int MAX_COPY_BYTES =
            (int) Math.min(Runtime.getRuntime().maxMemory() / 16, 512L << 20);

    private static final int MAX_SHOWN_BYTES = 64 * 1024;

    private static final int KEYS = 8;

    private final Keyspace keyspace;
    private final Reply reply;
    private final Effects effects;
    private final Notifications notifications;
    private final Key[] keys = new Key[KEYS];

    private Batch batch;
    private Client client;
    private Command command;
    private int index;
    private int first;
    private int argc;
    private long hash;
    private boolean hashKnown;
    private long nowMs;
    private long dirty;
    private int done;
    private int propagatedArgc;
    private long redacted;
    private boolean mayBlock = true;
    private boolean resumed;
    private boolean propagate;
    private boolean forced;
    private boolean apart;
    private Database startedIn;

    public Call(
            Keyspace keyspace,
            Reply reply,
            Effects effects,
            Notifications notifications,
            Batch empty,
            Client nobody) {
        this.keyspace = keyspace;
        this.reply = reply;
        this.effects = effects;
        this.notifications = notifications;
        this.batch = empty;
        this.client = nobody;
        this.command = Unknown.COMMAND;
        this.startedIn = nobody.db();
        for (int i = 0; i < KEYS; i++) {
            keys[i] = new Key();
        }
    }

    /** Points this call at request {@code i} of a batch. */
    void begin(Batch from, int i, Command what, boolean withHash, long now) {
        batch = from;
        index = i;
        client = from.client[i];
        command = what;
        first = from.firstArg[i];
        argc = from.argc[i];
        hash = from.hash[i];
        hashKnown = withHash;
        nowMs = now;
    }

    void resetEffects() {
        done = 0;
        propagatedArgc = argc;
        dirty = 0;
        redacted = 0;
        propagate = true;
        forced = false;
        apart = false;
        startedIn = client.db();
    }

    public int argc() {
        return argc;
    }

    public long address(int i) {
        return batch.argAddress[first + i];
    }

    public int length(int i) {
        return batch.argLength[first + i];
    }

    /**
     * A copy of an argument, on the heap; for cold paths. Throws the error for the client if it is
     * longer than {@link #MAX_COPY_BYTES}: the heap is small, and its end would be the server's.
     */
    public byte[] bytes(int i) {
        if (length(i) > MAX_COPY_BYTES) {
            throw Errors.ARGUMENT_TOO_LONG.error();
        }
        byte[] copy = new byte[length(i)];
        Memory.copyOut(address(i), copy, 0, copy.length);
        return copy;
    }

    /** Throws if an argument from this one on can't be copied: before the first of them is used. */
    public void requireCopies(int from) {
        for (int i = from; i < argc; i++) {
            if (length(i) > MAX_COPY_BYTES) {
                throw Errors.ARGUMENT_TOO_LONG.error();
            }
        }
    }

    /** A copy of an argument as Latin-1 text: every byte a char. */
    public String string(int i) {
        return new String(bytes(i), StandardCharsets.ISO_8859_1);
    }

    /**
     * An argument as error texts show it: C's {@code %s} ends at a zero byte. A long one is cut.
     */
    public String shown(int i) {
        byte[] copy = new byte[Math.min(length(i), MAX_SHOWN_BYTES)];
        Memory.copyOut(address(i), copy, 0, copy.length);
        String whole = new String(copy, StandardCharsets.ISO_8859_1);
        int zero = whole.indexOf(0);
        return zero < 0 ? whole : whole.substring(0, zero);
    }

    public boolean is(int i, Token keyword) {
        return keyword.matches(address(i), length(i));
    }

    /** An argument as a 64-bit integer, or {@code ERR value is not an integer or out of range}. */
    public long longArg(int i) {
        return longArg(i, Errors.NOT_INTEGER);
    }

    public long longArg(int i, ErrorReply otherwise) {
        long at = address(i);
        int n = length(i);
        if (!Numbers.isLong(at, n)) {
            throw otherwise.error();
        }
        return Numbers.parse(at, n);
    }

    /** An argument as an integer within the bounds, both included. */
    public long longArg(int i, long min, long max, ErrorReply otherwise) {
        long v = longArg(i, otherwise);
        if (v < min || v > max) {
            throw otherwise.error();
        }
        return v;
    }

    /**
     * An argument as a key. The object is one of eight that take turns by position: it is
     * overwritten by a call for a position eight further.
     */
    public Key key(int i) {
        Key key = keys[i & (KEYS - 1)];
        if (hashKnown && i == command.keys().first()) {
            key.set(address(i), length(i), hash);
        } else {
            key.set(address(i), length(i));
        }
        return key;
    }

    public Command command() {
        return command;
    }

    /** The command's flags; for EXEC also those of everything it will run. What gates decide by. */
    public int flags() {
        Transaction queued = client.transaction();
        return queued != null && command.runsQueued()
                ? command.flags() | queued.flags
                : command.flags();
    }

    /** The gates that can refuse this call. */
    int relevantGates() {
        Transaction queued = client.transaction();
        return queued != null && command.runsQueued()
                ? command.gates | queued.gates
                : command.gates;
    }

    /** Copies this request to the client's transaction; false if there is no room for it. */
    public boolean queueTo(Transaction transaction) {
        if (!batch.queue(index, transaction.requests())) {
            return false;
        }
        transaction.flags |= command.flags();
        transaction.gates |= command.gates;
        return true;
    }

    /** Copies this request; false if there is no room for it. */
    public boolean copyTo(QueuedRequests requests) {
        return batch.queue(index, requests);
    }

    /** Keeps this request, so that it is run again, first of all, when the client waits no more. */
    public void postpone() {
        batch.postpone(index);
    }

    /** Bytes of this request as an array of bulk strings: what the client sent. */
    public long requestBytes() {
        long bytes = 3L + Numbers.digits(argc);
        for (int i = 0; i < argc; i++) {
            bytes += 5L + Numbers.digits(length(i)) + length(i);
        }
        return bytes;
    }

    /** Bytes of its arguments. */
    public long argumentBytes() {
        long bytes = 0;
        for (int i = 0; i < argc; i++) {
            bytes += length(i);
        }
        return bytes;
    }

    public Client client() {
        return client;
    }

    /** The database that the client has selected. */
    public Database db() {
        return client.db();
    }

    public Keyspace keyspace() {
        return keyspace;
    }

    public Reply reply() {
        return reply;
    }

    /**
     * Wall-clock time of this turn in milliseconds since 1970; the same for all reads and writes of
     * the command.
     */
    public long nowMs() {
        return nowMs;
    }

    /**
     * Something happened to a key of the client's database, for keyspace notifications. To be told
     * after the change, in Redis's order.
     */
    public void notify(KeyspaceEvent event, Key key) {
        notifications.tell(event, client.db(), key);
    }

    /** As {@link #notify(KeyspaceEvent, Key)}, in another database. */
    public void notify(KeyspaceEvent event, Database db, Key key) {
        notifications.tell(event, db, key);
    }

    /** An argument is a secret: neither monitors nor the slow log get to see it. */
    public void redact(int i) {
        redacted |= 1L << Math.min(i, Long.SIZE - 1);
    }

    /** Whether an argument must not be shown; from the 64th on they share one answer. */
    public boolean isRedacted(int i) {
        return (redacted & 1L << Math.min(i, Long.SIZE - 1)) != 0;
    }

    /** The command changed one thing. */
    public void dirty() {
        dirty++;
    }

    /**
     * The command changed {@code changes} things; as Redis counts for save points and propagation.
     */
    public void dirty(long changes) {
        dirty += changes;
    }

    /**
     * The command has done its arguments before this one, as if it had been given no more. Should
     * memory run out now, that much of it is propagated.
     */
    public void doneUpTo(int i) {
        done = i;
    }

    /** Memory ran out: decides what is propagated; returns what the client is told. */
    ErrorReply ranOutOfMemory() {
        if (done == 0) {
            propagate = false;
            return Errors.OUT_OF_MEMORY;
        }
        propagatedArgc = done;
        return Errors.OUT_OF_MEMORY_PARTLY;
    }

    public long changes() {
        return dirty;
    }

    /**
     * The command counts as a change, but its own words are not propagated (its effects, if any,
     * are).
     */
    public void dontPropagate() {
        propagate = false;
    }

    /**
     * The command is propagated though it changed nothing that counts (PUBLISH, a script's load).
     */
    public void forcePropagation() {
        forced = true;
    }

    /** Whether the command may make its client wait: not in a transaction, nor in a stream. */
    public boolean mayBlock() {
        return mayBlock && !client().primary;
    }

    /** Whether it is part of a transaction that runs. */
    public boolean isNested() {
        return !mayBlock;
    }

    void denyBlocking() {
        mayBlock = false;
    }

    /** Whether it had made its client wait, and is done now: not at once, when it was sent. */
    public boolean isResumed() {
        return resumed;
    }

    void isForResuming() {
        resumed = true;
    }

    /**
     * The effects are of many keys that have nothing to do with each other (what SCAN finds
     * expired): each is propagated alone, without MULTI and EXEC around them all.
     */
    public void propagateApart() {
        apart = true;
    }

    boolean propagatesApart() {
        return apart;
    }

    boolean wantsPropagation() {
        return forced || (dirty != 0 && propagate);
    }

    /** The database that the command was given in, though it may have selected another. */
    Database propagationDb() {
        return startedIn;
    }

    void appendTo(WriteStream stream, int db) {
        stream.append(db, batch.argAddress, batch.argLength, first, propagatedArgc);
    }

    /** Copies the command's own words, to be propagated later. */
    void copyTo(Effects held) {
        CommandBytes to = held.copy(startedIn, argc);
        for (int i = 0; i < argc; i++) {
            to.arg(address(i), length(i));
        }
    }

    void feed(Monitors monitors, long micros) {
        Link link = client.link();
        String source = link.peerAddress();
        if (link.isUnixSocket()) {
            source = "unix:" + source.substring(0, source.length() - ":0".length());
        }
        MonitorLine line = new MonitorLine(micros, client.db().index(), source);
        for (int i = 0; i < argc; i++) {
            if (isRedacted(i)) {
                line.redacted();
            } else {
                line.argument(address(i), length(i));
            }
        }
        monitors.feed(line);
    }

    /**
     * What to propagate in place of the command's own words: begin a command, add its arguments,
     * end it; several make a transaction in the stream. Using it replaces the verbatim propagation.
     */
    public Effects effects() {
        return effects;
    }
}
