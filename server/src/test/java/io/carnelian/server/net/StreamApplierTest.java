package io.carnelian.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.Server;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.NoLink;
import io.carnelian.server.client.Registrations;
import io.carnelian.server.command.Gate;
import io.carnelian.server.commands.CounterCommands;
import io.carnelian.server.commands.StringCommands;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Output;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;
import io.carnelian.server.tx.TransactionCommands;
import io.carnelian.server.tx.Watches;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamApplierTest {
    private static final long BEGIN = 1000;

    private final ByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final Keyspace keyspace = new Keyspace(new Slabs(new Pages()), 4);
    private final Server server = new Server(keyspace, InstantSource.system(), allocator);
    private final ByteArrayOutputStream relayed = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stream = new ByteArrayOutputStream();
    private final TreeSet<Long> boundaries = new TreeSet<>();
    private final Client client =
            new Client(1, new Output(allocator), new NoLink(), keyspace.db(0), 0);
    private StreamApplier applier;

    @BeforeEach
    void begin() {
        new StringCommands().addTo(server.commands());
        new CounterCommands().addTo(server.commands());
        new TransactionCommands(server.executor(), new Watches(keyspace, new Registrations()))
                .addTo(server.commands(), server.gates());
        server.gates().install(Gate.READ_ONLY, call -> Errors.READONLY);
        server.gates().arm(Gate.READ_ONLY, true);
        client.primary = true;
        client.authenticated = true;
        client.obeys = 0;
        client.replies = Client.REPLIES_OFF;
        server.stream().continueAt(BEGIN);
        server.stream().relaying(true);
        server.stream()
                .addSink((block, from, to) -> {
                    byte[] copy = new byte[to - from];
                    Memory.copyOut(block.address() + from, copy, 0, copy.length);
                    relayed.writeBytes(copy);
                });
        applier = new StreamApplier(server.executor(), keyspace, allocator, client);
        boundaries.add(BEGIN);
    }

    @AfterEach
    void end() {
        applier.close();
        server.stream().close();
    }

    private void command(String... words) {
        StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        stream.writeBytes(text.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private void boundary() {
        boundaries.add(BEGIN + stream.size());
    }

    private void feed(byte[] all, int from, int to) {
        ByteBuf piece = allocator.directBuffer();
        piece.writeBytes(all, from, to - from);
        applier.apply(piece);
        server.stream().endTurn();
    }

    private String value(String key) {
        ByteBuf bytes = allocator.directBuffer();
        bytes.writeBytes(key.getBytes(StandardCharsets.ISO_8859_1));
        Key name = new Key();
        name.set(bytes.memoryAddress(), key.length());
        long record = keyspace.db(0).peek(name);
        bytes.release();
        return record == 0 ? "" : Long.toString(Record.number(record));
    }

    @Test
    void duringAPauseTheStreamComesInAndWaits() {
        command("INCR", "n");
        command("INCR", "n");
        byte[] all = stream.toByteArray();
        keyspace.freeze(true);
        feed(all, 0, 5);
        feed(all, 5, all.length);
        assertThat(value("n")).isEmpty();
        assertThat(server.stream().offset()).isEqualTo(BEGIN);
        assertThat(applier.unsettledBytes()).isEqualTo(all.length);
        keyspace.tellThawed();
        assertThat(value("n")).as("the pause goes on").isEmpty();
        keyspace.freeze(false);
        keyspace.tellThawed();
        server.stream().endTurn();
        assertThat(value("n")).isEqualTo("2");
        assertThat(relayed.toByteArray()).isEqualTo(all);
    }

    @Test
    void wordsOfAnInlineCommandAreNoStream() {
        command("INCR", "n");
        boundary();
        byte[] good = stream.toByteArray();
        stream.writeBytes("\r\nINCR n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        byte[] all = stream.toByteArray();
        feed(all, 0, all.length);
        assertThat(value("n")).isEqualTo("1");
        assertThat(client.closing).isTrue();
        assertThat(applier.isBroken()).isTrue();
        assertThat(server.stream().offset()).isEqualTo(BEGIN + good.length + 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void theOffsetStandsOnlyWhereNothingIsHalfDone(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            int kind = random.nextInt(4);
            if (kind == 0) {
                command("MULTI");
                for (int n = random.nextInt(4); n >= 0; n--) {
                    command("INCR", "n");
                }
                command("EXEC");
            } else if (kind == 1) {
                command("SET", "k", "x".repeat(random.nextInt(20_000)));
            } else {
                command("INCR", "n");
            }
            boundary();
        }
        byte[] all = stream.toByteArray();
        int at = 0;
        while (at < all.length) {
            int to = Math.min(all.length, at + 1 + random.nextInt(seed % 2 == 0 ? 30 : 9_000));
            feed(all, at, to);
            at = to;
            long offset = server.stream().offset();
            assertThat(offset).as("seed %d", seed).isEqualTo(boundaries.floor(BEGIN + at));
            assertThat(applier.unsettledBytes()).isEqualTo(BEGIN + at - offset);
        }
        assertThat(relayed.toByteArray()).isEqualTo(all);
    }

    @Test
    void aTransactionIsDoneWithItsExec() {
        command("SET", "n", "5");
        boundary();
        command("MULTI");
        command("INCR", "n");
        int open = stream.size();
        command("EXEC");
        boundary();
        byte[] all = stream.toByteArray();
        feed(all, 0, open);
        assertThat(value("n")).isEqualTo("5");
        assertThat(server.stream().offset()).isEqualTo(boundaries.higher(BEGIN));
        feed(all, open, all.length);
        assertThat(value("n")).isEqualTo("6");
        assertThat(server.stream().offset()).isEqualTo(boundaries.last());
        assertThat(client.output().take()).isNull();
    }

    @Test
    void whatTheStreamSaysIsNotSaidAgain() {
        command("INCR", "n");
        command("PING");
        byte[] all = stream.toByteArray();
        feed(all, 0, all.length);
        assertThat(relayed.toByteArray()).isEqualTo(all);
        server.stream().relaying(false);
        assertThat(Arrays.equals(relayed.toByteArray(), all)).isTrue();
    }
}
