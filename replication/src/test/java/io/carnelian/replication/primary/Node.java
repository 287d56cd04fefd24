package io.carnelian.replication.primary;

import io.carnelian.rdb.load.ValueLimits;
import io.carnelian.replication.Replication;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.replication.replica.PayloadSource;
import io.carnelian.server.DebugSwitches;
import io.carnelian.server.Server;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Batch;
import io.carnelian.server.command.Categories;
import io.carnelian.server.command.Flags;
import io.carnelian.server.command.Keys;
import io.carnelian.server.commands.ObjectCommands;
import io.carnelian.server.config.Choice;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.WorkingDir;
import io.carnelian.server.connection.Pause;
import io.carnelian.server.debug.DebugCommands;
import io.carnelian.server.hash.HashLimits;
import io.carnelian.server.info.Info;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.net.Dialer;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Output;
import io.carnelian.server.settings.OutputLimits;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;
import io.carnelian.server.zset.SortedSetLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A primary or replica without sockets, driven by hand: the test's thread is the command thread. It
 * knows three commands of its own: {@code SET k v}, {@code SETAT k v ms} and {@code DEL k}.
 */
final class Node {
    private record Timer(long dueMs, Runnable task) {}

    private final ByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final LinkedBlockingQueue<Runnable> messages = new LinkedBlockingQueue<>();
    private final Pages pages = new Pages();
    private final Random random;
    private final List<Client> connected = new ArrayList<>();
    private final List<FakeWire> wires = new ArrayList<>();
    private final Keyspace keyspace;
    private final Server server;
    private final Info info = new Info();
    private final List<Timer> timers = new ArrayList<>();
    private final Batch batch = new Batch();
    private int lastPort = 40_000;
    long nowMs = 1_700_000_000_000L;

    /** A pause after each key of a payload that comes. */
    volatile long loadDelayMicros;

    /** SET finds no memory. */
    boolean noMemory;

    final WorkingDir dir = new WorkingDir();
    final OutputLimits limits = new OutputLimits();
    final ReplicationConfig config = new ReplicationConfig(limits, dir);
    final Replication replication;
    final BlockedClients blocked;
    final Pause pause;

    Node(long seed) {
        random = new Random(seed);
        keyspace = new Keyspace(new Slabs(pages), 4);
        server = new Server(keyspace, () -> Instant.ofEpochMilli(nowMs), allocator);
        addCommands();
        Mailbox mailbox =
                new Mailbox() {
                    @Override
                    public void post(Runnable task) {
                        messages.add(task);
                    }

                    @Override
                    public void postAfter(Runnable task, long delayMs) {
                        timers.add(new Timer(nowMs + delayMs, task));
                    }
                };
        blocked = new BlockedClients(mailbox, () -> nowMs, allocator);
        pause = new Pause(server.gates(), keyspace, blocked, mailbox);
        replication =
                new Replication(
                        server,
                        blocked,
                        config,
                        mailbox,
                        allocator,
                        new Random(seed),
                        Thread.ofPlatform().daemon().name("snapshot-", 0).factory(),
                        this::dial,
                        source(),
                        () -> 0,
                        pause,
                        () -> 6379,
                        client -> {});
        replication.addTo(server.commands());
        replication.addTo(server.gates());
        replication.addTo(server.cron(), () -> true);
        replication.addTo(info);
        Choice allowed = Choice.of("enable-debug-command", 0, "yes", "yes");
        DebugCommands debug =
                new DebugCommands(
                        allowed, new DebugSwitches(), new ObjectCommands(() -> 0, () -> false));
        replication.addTo(debug);
        debug.addTo(server.commands());
    }

    /** Other nodes, by their port. */
    final Map<Integer, Node> others = new TreeMap<>();

    private Dialer.Wire dial(String host, int port, Dialer.Listener listener) {
        Node other = others.get(port);
        if (other == null) {
            throw new IllegalArgumentException("no node at port " + port);
        }
        FakeWire wire = new FakeWire(other, listener, random);
        wires.add(wire);
        return wire;
    }

    /** Lets every connection to others bring something. Returns whether one did. */
    boolean receive() {
        boolean any = false;
        for (FakeWire wire : List.copyOf(wires)) {
            any |= wire.step();
            endTurn();
        }
        wires.removeIf(FakeWire::isEnded);
        return any;
    }

    private PayloadSource source() {
        return new PayloadSource(
                () -> new Keyspace(new Slabs(pages), 4),
                new ValueLimits(
                        new HashLimits(() -> 512, () -> 64),
                        () -> 512,
                        () -> 128,
                        new SortedSetLimits(() -> 128, () -> 64)),
                () -> false,
                () -> loadDelayMicros);
    }

    private void addCommands() {
        server.commands()
                .add(
                        "set",
                        3,
                        Flags.WRITE,
                        Keys.FIRST,
                        Categories.STRING,
                        call -> {
                            if (noMemory) {
                                throw Errors.OUT_OF_MEMORY.error();
                            }
                            call.db().setString(call.key(1), call.address(2), call.length(2), 0);
                            call.dirty();
                            call.reply().ok();
                        });
        server.commands()
                .add(
                        "setat",
                        4,
                        Flags.WRITE,
                        Keys.FIRST,
                        Categories.STRING,
                        call -> {
                            call.db()
                                    .setString(
                                            call.key(1),
                                            call.address(2),
                                            call.length(2),
                                            call.longArg(3));
                            call.dirty();
                        });
        server.commands()
                .add(
                        "del",
                        2,
                        Flags.WRITE,
                        Keys.FIRST,
                        0,
                        call -> {
                            if (call.db().delete(call.key(1))) {
                                call.dirty();
                            }
                        });
        server.commands().add("ping", 1, 0, Keys.NONE, 0, call -> call.reply().pong());
        server.commands()
                .add(
                        "select",
                        2,
                        0,
                        Keys.NONE,
                        0,
                        call -> call.client().select(call.keyspace().db((int) call.longArg(1))));
    }

    Client connect() {
        FakeLink link = new FakeLink("127.0.0.1:" + ++lastPort, messages::add);
        Client client = new Client(lastPort, new Output(allocator), link, keyspace.db(0), nowMs);
        link.attach(client);
        connected.add(client);
        return client;
    }

    FakeLink link(Client client) {
        return (FakeLink) client.link();
    }

    /** Runs one command in a turn of its own; what it replied has been received. */
    void run(Client client, String... words) {
        add(client, words);
        server.executor().execute(batch);
        endTurn();
    }

    /** Runs a command of each of two clients in one turn. */
    void runTogether(Client one, List<String> first, Client other, List<String> second) {
        add(one, first.toArray(new String[0]));
        add(other, second.toArray(new String[0]));
        server.executor().execute(batch);
        endTurn();
    }

    /** Puts something into the stream that no command has caused. */
    void putIntoStream(String bytes) {
        server.stream().appendRaw(bytes.getBytes(StandardCharsets.ISO_8859_1));
        endTurn();
    }

    private void add(Client client, String... words) {
        ByteBuf memory = allocator.directBuffer();
        int mark = batch.args();
        int[] ends = new int[words.length];
        for (int i = 0; i < words.length; i++) {
            memory.writeBytes(words[i].getBytes(StandardCharsets.ISO_8859_1));
            ends[i] = memory.writerIndex();
        }
        for (int i = 0; i < words.length; i++) {
            int from = i == 0 ? 0 : ends[i - 1];
            batch.addArg(memory.memoryAddress() + from, ends[i] - from);
        }
        batch.addRequest(client, mark);
        batch.hold(memory);
    }

    /** The reply to a command. */
    String ask(Client client, String... words) {
        int before = link(client).receivedBytes();
        run(client, words);
        return link(client).text().substring(before);
    }

    private void endTurn() {
        server.stream().endTurn();
        keyspace.releaseSome(64);
    }

    boolean hasMessages() {
        return !messages.isEmpty();
    }

    /** Runs the messages that have come so far. */
    void turns() {
        for (Runnable task = messages.poll(); task != null; task = messages.poll()) {
            task.run();
            endTurn();
        }
    }

    /** Time passes, with a run of cron each second. */
    void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            nowMs += 1000;
            keyspace.nowMs(nowMs);
            for (Timer timer : List.copyOf(timers)) {
                if (timer.dueMs <= nowMs) {
                    timers.remove(timer);
                    messages.add(timer.task);
                }
            }
            server.cron().tick(nowMs);
            endTurn();
            turns();
        }
    }

    /** Ends the connections of those who follow this node. */
    void cutReplicas() {
        for (Client client : List.copyOf(connected)) {
            if (client.replica) {
                disconnect(client);
            }
        }
    }

    /** The connection ends, as its peer or we wanted it. */
    void disconnect(Client client) {
        client.closing = true;
        connected.remove(client);
        link(client).close(false);
        blocked.forget(client);
        replication.closed(client);
        client.output().discard();
        turns();
    }

    long position() {
        return server.stream().offset();
    }

    /** CONFIG SET of one parameter. */
    void set(String name, String value) {
        Config rows = new Config();
        config.addTo(rows);
        rows.set(List.of(name, value), Config.Access.ALL);
    }

    String info() {
        return info.text(List.of("replication", "stats"));
    }

    int liveSnapshots() {
        return keyspace.epochs().liveCuts();
    }

    /** Everything in the keyspace: {@code db key -> value @expiry}. */
    Map<String, String> contents() {
        Map<String, String> all = new TreeMap<>();
        for (int i = 0; i < keyspace.databases(); i++) {
            Database db = keyspace.db(i);
            db.forEach(record ->
                    all.put(
                            db.index()
                                    + " "
                                    + text(Record.keyAddress(record), Record.keyLength(record)),
                            value(record) + " @" + Record.expireAt(record)));
        }
        return all;
    }

    private static String value(long record) {
        return Record.encoding(record) == Record.INT
                ? Long.toString(Record.number(record))
                : text(Record.valueAddress(record), Record.valueLength(record));
    }

    private static String text(long address, int length) {
        byte[] bytes = new byte[length];
        Memory.copyOut(address, bytes, 0, length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Stops everything; each byte of the stream's blocks must have been given back. */
    void close() {
        replication.close();
        server.stream().close();
        turns();
    }
}
