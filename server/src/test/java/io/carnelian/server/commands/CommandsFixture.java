package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.Server;
import io.carnelian.server.block.BlockedKeys;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.client.NoLink;
import io.carnelian.server.client.Registrations;
import io.carnelian.server.command.Batch;
import io.carnelian.server.geo.GeoCommands;
import io.carnelian.server.hash.HashCommands;
import io.carnelian.server.hash.HashLimits;
import io.carnelian.server.hyperloglog.HyperLogLogCommands;
import io.carnelian.server.list.ListCommands;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.resp.Output;
import io.carnelian.server.set.SetCommands;
import io.carnelian.server.set.SetLimits;
import io.carnelian.server.sort.SortCommands;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.tx.TransactionCommands;
import io.carnelian.server.tx.Watches;
import io.carnelian.server.zset.SortedSetCommands;
import io.carnelian.server.zset.SortedSetLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A server without sockets for tests of commands: keyspace in checked memory, command table, spine
 * and write stream are real; the client's connection and the clock are fakes. Arguments and replies
 * are text, a char a byte.
 *
 * <pre>{@code
 * @RegisterExtension final CommandsFixture server = new CommandsFixture();
 *
 * server.run("SET", "k", "v", "EX", "10").returns("+OK").propagates("SET k v PXAT 1700000010000");
 * }</pre>
 *
 * After each test everything is flushed, and memory must be down to the empty tables.
 */
final class CommandsFixture implements AfterEachCallback, AutoCloseable {
    static final long NOW_MS = 1_700_000_000_000L;

    private final Pages pages = new Pages(1L << 30);
    private final Slabs slabs = new Slabs(pages);
    private final Keyspace keyspace = new Keyspace(slabs, 16);
    private final Server server;
    private final Client client;
    private final Batch batch = new Batch();
    private final ByteArrayOutputStream stream = new ByteArrayOutputStream();
    private final StreamText streamText = new StreamText();
    private final Registrations registrations = new Registrations(32 << 20);
    private long nowMs = NOW_MS;

    /** Settings that commands ask for; a test may change them. */
    long maxBulkBytes = 512L << 20;

    boolean lazyUserFlush;
    int sharedIntegers = 10_000;
    int listMaxListpackSize = -2;
    long maxIntsetEntries = 512;
    long maxSetListpackEntries;
    long maxSetListpackBytes = 64;
    long maxHashEntries = 512;
    long maxHashBytes = 64;
    long maxSortedSetEntries = 128;
    long maxSortedSetBytes = 64;
    long hllSparseMaxBytes = 3000;

    /** Whether a packed set of strings is called so. */
    boolean listpackSetsShown = true;

    CommandsFixture() {
        ByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
        server = new Server(keyspace, () -> Instant.ofEpochMilli(nowMs), allocator);
        new StringCommands().addTo(server.commands());
        new StringRangeCommands(() -> maxBulkBytes).addTo(server.commands());
        new CounterCommands().addTo(server.commands());
        new KeyCommands().addTo(server.commands());
        new ExpireCommands().addTo(server.commands());
        new ObjectCommands(() -> sharedIntegers, () -> listpackSetsShown).addTo(server.commands());
        BlockedClients blocked = new BlockedClients(new NoMailbox(), () -> nowMs, allocator);
        BlockedKeys waiting = new BlockedKeys(keyspace, server.executor(), blocked, registrations);
        HashLimits hashLimits = new HashLimits(() -> maxHashEntries, () -> maxHashBytes);
        new HashCommands(keyspace, hashLimits).addTo(server.commands());
        new ListCommands(keyspace, () -> listMaxListpackSize, waiting).addTo(server.commands());
        SetLimits setLimits =
                new SetLimits(
                        () -> maxIntsetEntries,
                        () -> maxSetListpackEntries,
                        () -> maxSetListpackBytes);
        new SetCommands(keyspace, setLimits).addTo(server.commands());
        new SortCommands(keyspace, () -> listMaxListpackSize).addTo(server.commands());
        SortedSetLimits scoredLimits =
                new SortedSetLimits(() -> maxSortedSetEntries, () -> maxSortedSetBytes);
        new SortedSetCommands(keyspace, scoredLimits, () -> maxIntsetEntries, waiting)
                .addTo(server.commands());
        new GeoCommands(keyspace, scoredLimits).addTo(server.commands());
        new HyperLogLogCommands(() -> hllSparseMaxBytes).addTo(server.commands());
        new DatabaseCommands(() -> lazyUserFlush).addTo(server.commands());
        new TransactionCommands(server.executor(), new Watches(keyspace, registrations))
                .addTo(server.commands(), server.gates());
        client = new Client(1, new Output(allocator), new FakeLink(), keyspace.db(0), nowMs);
        server.stream()
                .addSink((block, from, to) -> {
                    byte[] bytes = new byte[to - from];
                    Memory.copyOut(block.address() + from, bytes, 0, bytes.length);
                    stream.writeBytes(bytes);
                });
    }

    Server server() {
        return server;
    }

    Keyspace keyspace() {
        return keyspace;
    }

    Client client() {
        return client;
    }

    long nowMs() {
        return nowMs;
    }

    /** Leaves so many bytes to be allocated beyond those of the pages in use. */
    void limitMemory(long bytes) {
        pages.limitBytes(pages.usedBytes() + bytes);
    }

    /** Lets time go by. */
    void advance(long ms) {
        nowMs += ms;
    }

    /** Runs one command as the client. */
    Outcome run(String... args) {
        ByteBuf input = input(args);
        batch.hold(input);
        add(batch, input, args);
        long changesBefore = server.executor().stats().changes();
        server.executor().execute(batch);
        server.stream().endTurn();
        long changes = server.executor().stats().changes() - changesBefore;
        return new Outcome(String.join(" ", args), reply(), changes, takeStream());
    }

    /** The arguments one behind the other, outside the heap. */
    static ByteBuf input(String... args) {
        ByteBuf input = Unpooled.directBuffer();
        for (String arg : args) {
            input.writeCharSequence(arg, StandardCharsets.ISO_8859_1);
        }
        return input;
    }

    /** Adds a request to a batch. */
    void add(Batch to, ByteBuf input, String... args) {
        int mark = to.args();
        long at = input.memoryAddress();
        for (String arg : args) {
            to.addArg(at, arg.length());
            at += arg.length();
        }
        to.addRequest(client, mark);
    }

    private String reply() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (ByteBuf chunk = client.output().take(); chunk != null; ) {
            bytes.writeBytes(ByteBufUtil.getBytes(chunk));
            chunk.release();
            chunk = client.output().take();
        }
        try {
            ByteArrayInputStream in = new ByteArrayInputStream(bytes.toByteArray());
            String reply = RespText.read(in);
            assertThat(in.available()).as("bytes after the reply").isZero();
            return reply;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> takeStream() {
        try {
            List<String> effects = streamText.read(stream.toByteArray());
            stream.reset();
            return effects;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts a value of another type than string at a key. */
    void plantList(String name) {
        run("RPUSH", name, "planted");
    }

    @Override
    public void afterEach(ExtensionContext context) {
        close();
    }

    @Override
    public void close() {
        keyspace.flushAll();
        while (keyspace.releaseSome(1000) > 0) {}
        slabs.assertNoLeaks(keyspace.overheadBytes() + keyspace.epochs().listBytes());
        server.stream().close();
        client.output().discard();
        pages.close();
    }

    /**
     * What a command did: its reply as {@link RespText}, its changes, its effects in the stream.
     */
    record Outcome(String command, String reply, long changes, List<String> effects) {
        Outcome returns(String expected) {
            assertThat(reply).as(command).isEqualTo(expected);
            return this;
        }

        Outcome returnsInteger(long expected) {
            return returns(":" + expected);
        }

        Outcome returnsNull() {
            return returns("nil");
        }

        Outcome fails(String error) {
            returns("-" + error);
            return changesNothing();
        }

        /** The stream got exactly these commands. */
        Outcome propagates(String... expected) {
            assertThat(effects).as(command).containsExactly(expected);
            return this;
        }

        Outcome changes(long expected) {
            assertThat(changes).as("changes by " + command).isEqualTo(expected);
            return this;
        }

        /** Neither a change was counted nor anything propagated. */
        Outcome changesNothing() {
            return changes(0).propagates();
        }
    }

    /** Nothing runs later here: who waits, waits for ever. */
    private static final class NoMailbox implements Mailbox {
        @Override
        public void post(Runnable task) {}

        @Override
        public void postAfter(Runnable task, long delayMs) {}
    }

    private static final class FakeLink extends NoLink {
        @Override
        public String peerAddress() {
            return "127.0.0.1:50000";
        }

        @Override
        public String localAddress() {
            return "127.0.0.1:6379";
        }
    }
}
