package io.carnelian.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.DebugSwitches;
import io.carnelian.server.Lifecycle;
import io.carnelian.server.Server;
import io.carnelian.server.SnapshotThreads;
import io.carnelian.server.block.BlockedKeys;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.client.NoLink;
import io.carnelian.server.client.QueuedRequests;
import io.carnelian.server.client.Registrations;
import io.carnelian.server.command.Batch;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.Gate;
import io.carnelian.server.commands.DatabaseCommands;
import io.carnelian.server.commands.ExpireCommands;
import io.carnelian.server.commands.KeyCommands;
import io.carnelian.server.commands.ObjectCommands;
import io.carnelian.server.commands.StringCommands;
import io.carnelian.server.config.Config;
import io.carnelian.server.connection.Authentication;
import io.carnelian.server.connection.ClientCommands;
import io.carnelian.server.connection.ClientLimits;
import io.carnelian.server.connection.ClientNames;
import io.carnelian.server.connection.ClusterCommands;
import io.carnelian.server.connection.ConnectionCommands;
import io.carnelian.server.connection.Pause;
import io.carnelian.server.connection.PauseCommands;
import io.carnelian.server.debug.DebugCommands;
import io.carnelian.server.debug.DebugDigest;
import io.carnelian.server.debug.DebugSnapshot;
import io.carnelian.server.feed.NodeRole;
import io.carnelian.server.info.FeatureSections;
import io.carnelian.server.info.GcPauses;
import io.carnelian.server.info.Identity;
import io.carnelian.server.info.Info;
import io.carnelian.server.info.MemorySection;
import io.carnelian.server.info.ServerSection;
import io.carnelian.server.info.StatsSections;
import io.carnelian.server.list.ListCommands;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.pubsub.PubSub;
import io.carnelian.server.pubsub.PubSubCommands;
import io.carnelian.server.reclaim.Reclaim;
import io.carnelian.server.resp.Output;
import io.carnelian.server.set.SetCommands;
import io.carnelian.server.set.SetLimits;
import io.carnelian.server.settings.PendingSettings;
import io.carnelian.server.settings.ServerSettings;
import io.carnelian.server.sort.SortCommands;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.tracking.Tracking;
import io.carnelian.server.tracking.TrackingCommands;
import io.carnelian.server.tx.TransactionCommands;
import io.carnelian.server.tx.Watches;
import io.carnelian.server.zset.SortedSetCommands;
import io.carnelian.server.zset.SortedSetLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A server without sockets for commands about connections and the server: replies are compared byte
 * by byte, since their form differs between the protocols. What the commands share with the
 * keyspace is tested with CommandsFixture.
 */
public final class AdminFixture implements AfterEachCallback {
    public static final long NOW_MS = 1_700_000_000_123L;

    public final Config config = new Config();
    public final ServerSettings settings = new ServerSettings(config);
    public final Server server;
    public final Info info = new Info();
    public final Authentication authentication = new Authentication(settings.net.requirepass);
    public final DebugSwitches switches = new DebugSwitches();
    final List<Lifecycle.Wish> endings = new ArrayList<>();
    final List<Runnable> mailbox = new ArrayList<>();
    final Lifecycle lifecycle = new Lifecycle(() -> {});
    public final Registrations registrations = new Registrations(1 << 16);
    private final ClientNames names = new ClientNames(registrations);
    public final PubSub pubSub;
    public final Client client;

    /** The clock, and timers that have been set; {@link #advance} moves both. */
    private long nowMs = NOW_MS;

    private long afterReadMs;

    private final List<Client> connected = new ArrayList<>();
    private final List<Timer> timers = new ArrayList<>();
    private final ArrayDeque<Runnable> turns = new ArrayDeque<>();

    private final Pages pages = new Pages(1L << 30);
    private final Slabs slabs = new Slabs(pages);
    private final Keyspace keyspace = new Keyspace(slabs, 16);
    private final Batch batch = new Batch();
    private final CommandCommands commandReplies;
    public final BlockedClients blocked;
    private final BlockedKeys blockedKeys;
    public final Pause pause;
    public final ClientLimits limits;
    public final Tracking tracking;

    public AdminFixture() {
        PendingSettings.addTo(config, settings);
        InstantSource clock =
                () -> {
                    long read = nowMs;
                    nowMs += afterReadMs;
                    afterReadMs = 0;
                    return Instant.ofEpochMilli(read);
                };
        server = new Server(keyspace, clock, ByteBufAllocator.DEFAULT);
        commandReplies = new CommandCommands(server.commands());
        keyspace.nowMs(nowMs);
        Mailbox loop = new Turns();
        blocked = new BlockedClients(loop, () -> nowMs, ByteBufAllocator.DEFAULT);
        blockedKeys = new BlockedKeys(keyspace, server.executor(), blocked, registrations);
        pause = new Pause(server.gates(), keyspace, blocked, loop);
        limits =
                new ClientLimits(
                        server.clients(),
                        keyspace,
                        loop,
                        settings.net.outputLimits,
                        settings::clientMemoryLimit,
                        settings.net.timeoutSeconds,
                        settings.net.clientQueryBufferLimit);
        pubSub = new PubSub(server.executor(), ByteBufAllocator.DEFAULT, registrations);
        tracking =
                new Tracking(
                        keyspace,
                        server.executor(),
                        server.clients(),
                        () -> settings.net.trackingTableMaxKeys.value,
                        ByteBufAllocator.DEFAULT,
                        server.nobody(),
                        registrations);
        limits.addTo(server.gates());
        addSections(clock);
        addCommands(clock);
        client = connect("127.0.0.1:50000");
        lifecycle.onShutdown(
                "test",
                wish -> {
                    endings.add(wish);
                    return Boolean.TRUE.equals(wish.save()) ? "disk full" : null;
                });
    }

    private void addSections(InstantSource clock) {
        Identity identity = new Identity("0".repeat(40), 1, NOW_MS - 90_000_000, "/bin/server");
        new ServerSection(identity, config, settings, server.cron(), "nio", clock).addTo(info);
        new StatsSections(server.clients(), server.executor(), keyspace, settings).addTo(info);
        Reclaim reclaim =
                new Reclaim(server, settings.keyspace, System::nanoTime, mailbox::add, () -> true);
        new MemorySection(keyspace, reclaim, settings, new GcPauses()).addTo(info);
        new FeatureSections(identity, keyspace, server.executor().stats(), server.stream())
                .addTo(info);
        blockedKeys.addTo(info);
    }

    private void addCommands(InstantSource clock) {
        authentication.addTo(server.gates());
        ConnectionCommands connection =
                new ConnectionCommands(authentication, () -> NodeRole.PRIMARY, names);
        ServerCommands general = new ServerCommands(info, server.monitors(), clock);
        general.addTo(server.commands(), server.gates());
        connection.onReset(general::stopMonitoring);
        connection.onReset(tracking::disable);
        connection.onReset(pubSub::forget);
        connection.addTo(server.commands());
        Command client = new ClientCommands(server.clients(), names).addTo(server.commands());
        new PauseCommands(server.clients(), blocked, pause).addTo(client);
        new TrackingCommands(server.clients(), tracking).addTo(client);
        new ShutdownCommand(lifecycle, blocked).addTo(server.commands());
        new ConfigCommands(config, info, settings.process.enableProtectedConfigs)
                .addTo(server.commands());
        ObjectCommands objects = new ObjectCommands(() -> 10_000, () -> false);
        DebugCommands debug =
                new DebugCommands(settings.process.enableDebugCommand, switches, objects);
        Consumer<Runnable> post =
                task -> {
                    synchronized (mailbox) {
                        mailbox.add(task);
                        mailbox.notifyAll();
                    }
                };
        new DebugDigest().addTo(debug);
        new DebugSnapshot(keyspace, server.reply(), post, new SnapshotThreads()).addTo(debug);
        debug.addTo(server.commands());
        ClusterCommands.addTo(server.commands());
        commandReplies.addTo(server.commands());
        new PubSubCommands(pubSub).addTo(server.commands(), server.gates());
        new StringCommands().addTo(server.commands());
        new KeyCommands().addTo(server.commands());
        new SetCommands(keyspace, SetLimits.intsets(() -> 512)).addTo(server.commands());
        new ExpireCommands().addTo(server.commands());
        new ListCommands(keyspace, () -> -2, blockedKeys).addTo(server.commands());
        new SortCommands(keyspace, () -> -2).addTo(server.commands());
        SortedSetLimits limitsOfSets = new SortedSetLimits(() -> 128, () -> 64);
        new SortedSetCommands(keyspace, limitsOfSets, () -> 512, blockedKeys)
                .addTo(server.commands());
        new DatabaseCommands(() -> false).addTo(server.commands());
        new TransactionCommands(server.executor(), new Watches(keyspace, registrations))
                .addTo(server.commands(), server.gates());
    }

    /** The next command takes that long. */
    public void afterNextClockRead(long ms) {
        afterReadMs = ms;
    }

    public Client connect(String address) {
        Output output = new Output(ByteBufAllocator.DEFAULT);
        long id = server.clients().newId();
        FakeLink link = new FakeLink(address);
        Client added = new Client(id, output, link, keyspace.db(0), NOW_MS - 5000);
        link.owner = added;
        authentication.forget(added);
        limits.watch(added);
        server.clients().add(added);
        connected.add(added);
        return added;
    }

    public void set(String name, String value) {
        var row = config.find(name);
        assertThat(row).as(name).isNotNull();
        try {
            if (row != null) {
                row.parse(row.takesList() ? List.of(value.split(" ")) : List.of(value), true);
            }
        } catch (io.carnelian.server.config.BadValue e) {
            throw new AssertionError(e);
        }
    }

    /** What cron does in a second for each client. */
    public void visitClients() {
        server.clients().visit(1000, limits::look);
    }

    /** Sets {@code maxmemory-clients}, as the composition root follows it. */
    public void limitClientMemory(String bytes) {
        set("maxmemory-clients", bytes);
        server.gates().arm(Gate.CLIENT_MEMORY, true);
        limits.limitChanged();
    }

    /** Waits for the next task that another thread posts, and runs it. */
    void runPosted() throws InterruptedException {
        Runnable task;
        synchronized (mailbox) {
            while (mailbox.isEmpty()) {
                mailbox.wait();
            }
            task = mailbox.removeFirst();
        }
        task.run();
    }

    /** The reply to a command of the usual client, bytes as chars; CRLF is shown as a bar. */
    public String run(String... args) {
        return runAs(client, args);
    }

    public String runAs(Client who, String... args) {
        runWithoutReading(who, args);
        who.output().checkLimits();
        return output(who);
    }

    /** Runs a command whose reply stays in the client's output. */
    public void runWithoutReading(Client who, String... args) {
        add(who, args);
        server.executor().execute(batch);
        server.stream().endTurn();
        endTurn();
    }

    /** Runs a command of each of two clients in one turn; the replies stay in their outputs. */
    public void runTogether(Client one, String[] first, Client other, String[] second) {
        add(one, first);
        runWithoutReading(other, second);
    }

    private void add(Client who, String... args) {
        ByteBuf input = Unpooled.directBuffer();
        for (String arg : args) {
            input.writeCharSequence(arg, StandardCharsets.ISO_8859_1);
        }
        int mark = batch.args();
        long at = input.memoryAddress();
        for (String arg : args) {
            batch.addArg(at, arg.length());
            at += arg.length();
        }
        batch.hold(input);
        batch.addRequest(who, mark);
    }

    private void endTurn() {
        tracking.endOfTurn();
        for (Runnable next = turns.poll(); next != null; next = turns.poll()) {
            next.run();
        }
    }

    /** Lets time go by, timers included. */
    public void advance(long ms) {
        nowMs += ms;
        keyspace.nowMs(nowMs);
        List<Timer> due = new ArrayList<>(timers);
        due.removeIf(timer -> timer.atMs > nowMs);
        timers.removeAll(due);
        due.forEach(timer -> timer.task.run());
        endTurn();
    }

    private record Timer(long atMs, Runnable task) {}

    private final class Turns implements Mailbox {
        @Override
        public void post(Runnable task) {
            turns.add(task);
        }

        @Override
        public void postAfter(Runnable task, long delayMs) {
            timers.add(new Timer(nowMs + delayMs, task));
        }
    }

    public String output(Client who) {
        StringBuilder text = new StringBuilder();
        for (ByteBuf chunk = who.output().take(); chunk != null; chunk = who.output().take()) {
            text.append(new String(ByteBufUtil.getBytes(chunk), StandardCharsets.ISO_8859_1));
            chunk.release();
        }
        return text.toString().replace("\r\n", "|");
    }

    void prepareCommandReplies() {
        commandReplies.prepare(new UnpooledByteBufAllocator(true)).run();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        keyspace.flushAll();
        while (keyspace.releaseSome(1000) > 0) {}
        slabs.assertNoLeaks(keyspace.overheadBytes() + keyspace.epochs().listBytes());
        server.stream().close();
        for (Client each : connected) {
            each.output().discard();
        }
        pages.close();
    }

    private final class FakeLink extends NoLink {
        private final String peer;
        private @Nullable Client owner;

        FakeLink(String peer) {
            this.peer = peer;
        }

        @Override
        public String peerAddress() {
            return peer;
        }

        @Override
        public String localAddress() {
            return "127.0.0.1:6379";
        }

        @Override
        public int fileDescriptor() {
            return 8;
        }

        /** As a connection does it: what was postponed runs now. */
        @Override
        public void resume() {
            QueuedRequests postponed = owner == null ? null : owner.takePostponed();
            if (owner != null && postponed != null) {
                Batch again = new Batch();
                again.addQueued(owner, postponed, 0);
                server.executor().execute(again);
                postponed.free();
            }
        }
    }
}
