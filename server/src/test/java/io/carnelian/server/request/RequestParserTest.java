package io.carnelian.server.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.NoLink;
import io.carnelian.server.command.Batch;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.resp.Output;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestParserTest {
    private final Pages pages = new Pages(1L << 30);
    private final Client client =
            new Client(
                    1,
                    new Output(UnpooledByteBufAllocator.DEFAULT),
                    new NoLink(),
                    new Keyspace(new Slabs(pages), 1).db(0),
                    0);
    private final RequestParser parser = new RequestParser(new ProtocolLimits());
    private final List<List<String>> requests = new ArrayList<>();
    private byte[] pending = new byte[0];

    RequestParserTest() {
        client.authenticated = true;
    }

    @AfterEach
    void close() {
        parser.close();
        pages.close();
    }

    /** Presents bytes as a connection does: what was left over comes first. */
    private void feed(byte[] bytes) {
        ByteBuf input = Unpooled.directBuffer(pending.length + bytes.length + 1);
        input.writeBytes(pending).writeBytes(bytes);
        Batch batch = new Batch();
        int length = input.readableBytes();
        int at = 0;
        do {
            at += parser.parse(input.memoryAddress() + at, length - at, batch, client);
            collect(batch);
        } while (batch.isFull());
        pending = new byte[length - at];
        input.getBytes(at, pending);
        input.release();
    }

    private void feed(String latin1) {
        feed(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void collect(Batch batch) {
        int arg = 0;
        for (int i = 0; i < batch.count(); i++) {
            if (batch.errorOf(i) != null) {
                requests.add(List.of("!" + batch.errorOf(i)));
                continue;
            }
            List<String> words = new ArrayList<>();
            for (int a = 0; a < batch.argcOf(i); a++) {
                byte[] word = new byte[batch.argLength(arg)];
                Memory.copyOut(batch.argAddress(arg), word, 0, word.length);
                words.add(new String(word, StandardCharsets.ISO_8859_1));
                arg++;
            }
            requests.add(words);
        }
        boolean full = batch.isFull();
        batch.clear();
        assertThat(full && batch.isFull()).isFalse();
    }

    private List<List<String>> parsed(String latin1) {
        feed(latin1);
        return requests;
    }

    @Test
    void arraysOfBulkStrings() {
        assertThat(parsed("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$4\r\nPING\r\n"))
                .containsExactly(List.of("GET", "k"), List.of("PING"));
    }

    @Test
    void emptyArraysAndLinesAreNoRequests() {
        assertThat(parsed("*0\r\n*-1\r\n\r\n\n  \r\n*1\r\n$0\r\n\r\n"))
                .containsExactly(List.of(""));
    }

    @Test
    void inlineWordsWithQuotesAndEscapes() {
        assertThat(parsed("SET \"a\\x41\\n\\\"b\" 'it\\'s' plain\r\nPING\n"))
                .containsExactly(List.of("SET", "aA\n\"b", "it's", "plain"), List.of("PING"));
    }

    @Test
    void errorsEndTheStream() {
        assertThat(parsed("PING\r\n*1\r\n:5\r\nPING\r\n"))
                .containsExactly(
                        List.of("PING"), List.of("!ERR Protocol error: expected '$', got ':'"));
        assertThat(parser.isStopped()).isTrue();
    }

    @Test
    void eachErrorInItsWords() {
        String[][] cases = {
            {"*x\r\n", "invalid multibulk length"},
            {"*2147483648\r\n", "invalid multibulk length"},
            {"*2147483647\r\n:4\r\n", "expected '$', got ':'"},
            {"*01\r\n", "invalid multibulk length"},
            {"*1\r\n$-1\r\n", "invalid bulk length"},
            {"*1\r\n$536870913\r\n", "invalid bulk length"},
            {"*1\r\n$01\r\n", "invalid bulk length"},
            {"PING \"x\r\n", "unbalanced quotes in request"},
            {"PING \"x\"y\r\n", "unbalanced quotes in request"},
            {"x".repeat(65537), "too big inline request"},
            {"*" + "1".repeat(65537), "too big mbulk count string"},
            {"*1\r\n$" + "1".repeat(65537), "too big bulk count string"},
        };
        for (String[] each : cases) {
            RequestParserTest fresh = new RequestParserTest();
            assertThat(fresh.parsed(each[0]))
                    .as(each[0].substring(0, Math.min(20, each[0].length())))
                    .containsExactly(List.of("!ERR Protocol error: " + each[1]));
            fresh.close();
        }
    }

    @Test
    void manyArgumentsInPieces() {
        StringBuilder text = new StringBuilder("*5000\r\n");
        for (int i = 0; i < 5000; i++) {
            text.append("$4\r\n").append(1000 + i).append("\r\n");
        }
        for (int from = 0; from < text.length(); from += 10_000) {
            assertThat(requests).isEmpty();
            feed(text.substring(from, Math.min(text.length(), from + 10_000)));
        }
        assertThat(requests).hasSize(1);
        assertThat(requests.getFirst()).hasSize(5000).startsWith("1000", "1001").endsWith("5999");
    }

    @Test
    void strangersMaySendLittle() {
        client.authenticated = false;
        assertThat(parsed("*11\r\n"))
                .containsExactly(List.of("!ERR Protocol error: unauthenticated multibulk length"));
        parser.restart();
        client.authenticated = true;
        requests.clear();
        pending = new byte[0];
        assertThat(parsed("*1\r\n$4\r\nPING\r\n")).containsExactly(List.of("PING"));
    }

    @Test
    void splitAnywhereTheRequestsAreTheSame() {
        long seed = Long.getLong("seed", Long.getLong("build.seed", System.nanoTime()));
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<List<String>> expected = new ArrayList<>();
            byte[] stream = randomStream(random, expected);
            requests.clear();
            int at = 0;
            while (at < stream.length) {
                int n =
                        Math.min(
                                stream.length - at,
                                1 + random.nextInt(random.nextBoolean() ? 3 : 200));
                byte[] piece = new byte[n];
                System.arraycopy(stream, at, piece, 0, n);
                feed(piece);
                at += n;
            }
            assertThat(requests).as("seed %d round %d", seed, round).isEqualTo(expected);
            assertThat(pending).isEmpty();
        }
    }

    private static byte[] randomStream(Random random, List<List<String>> expected) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int i = 0; i < 20; i++) {
            int argc = 1 + random.nextInt(5);
            boolean inline = random.nextInt(4) == 0;
            List<String> words = new ArrayList<>();
            StringBuilder text = new StringBuilder(inline ? "" : "*" + argc + "\r\n");
            for (int a = 0; a < argc; a++) {
                StringBuilder word = new StringBuilder();
                for (int c = random.nextInt(30); c >= 0; c--) {
                    word.append((char) (inline ? 'a' + random.nextInt(26) : random.nextInt(256)));
                }
                words.add(word.toString());
                text.append(inline ? word + " " : "$" + word.length() + "\r\n" + word + "\r\n");
            }
            text.append(inline ? "\r\n" : "");
            expected.add(words);
            stream.writeBytes(text.toString().getBytes(StandardCharsets.ISO_8859_1));
        }
        return stream.toByteArray();
    }

    /** A count is refused when so many arguments have come, not when it is announced. */
    @Test
    void takesAMillionArgumentsAndNoMore() {
        int most = RequestParser.MAX_ARGS;
        feed("*" + most + "\r\n" + "$0\r\n\r\n".repeat(most));
        assertThat(requests.getFirst()).hasSize(most);
        feed("*" + (most + 1) + "\r\n" + "$0\r\n\r\n".repeat(most) + "$");
        assertThat(requests.getLast())
                .containsExactly("!ERR Protocol error: invalid multibulk length");
    }
}
