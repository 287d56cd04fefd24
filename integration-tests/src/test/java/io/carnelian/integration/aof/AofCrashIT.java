package io.carnelian.integration.aof;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server that is killed under load, also while it rewrites, has every write that it acknowledged:
 * with {@code always} all of them, with {@code everysec} those older than two seconds. Each client
 * counts and pushes in a transaction, so the data also shows whether a write came twice or half.
 * {@code -Daof.crash.rounds=500 -Dseed=…}
 */
class AofCrashIT {
    private static final int ROUNDS = Integer.getInteger("aof.crash.rounds", 3);
    private static final long SEED = Long.getLong("seed", 5L);
    private static final int CLIENTS = 4;
    private static final int MOST_MS = 400;
    private static final int TRIM = 20;
    private static final long PROMISED_NANOS = 2_000_000_000L;

    /** What one client was told, in a ledger. */
    private static final class Writer implements Runnable {
        private final int number;
        private final ServerProcess server;
        private final List<Long> toldAt = new ArrayList<>();
        private long told;
        private long sent;

        Writer(int number, ServerProcess server) {
            this.number = number;
            this.server = server;
        }

        /** Goes on until the server is gone. */
        @Override
        public void run() {
            try (RespConnection to = server.connect()) {
                while (true) {
                    to.call("MULTI");
                    to.call("INCR", "n" + number);
                    to.call("RPUSH", "l" + number, Long.toString(sent + 1));
                    to.call("LTRIM", "l" + number, Integer.toString(-TRIM), "-1");
                    sent++;
                    if (to.call("EXEC").isError()) {
                        return;
                    }
                    told = sent;
                    toldAt.add(System.nanoTime());
                }
            } catch (IOException gone) {
                // That is what the test does.
            }
        }

        /** What must be there, if so much time before the end does not count. */
        long promised(long endNanos, boolean always) {
            if (always) {
                return told;
            }
            long lost = toldAt.stream().filter(t -> endNanos - t < PROMISED_NANOS).count();
            return told - lost;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"always", "everysec"})
    void nothingAcknowledgedIsLost(String policy) throws IOException, InterruptedException {
        Random random = new Random(SEED);
        boolean always = policy.equals("always");
        long[] counts = new long[CLIENTS];
        try (ServerProcess server =
                ServerProcess.subject(
                        "--appendonly",
                        "yes",
                        "--appendfsync",
                        policy,
                        "--auto-aof-rewrite-percentage",
                        "0")) {
            try (RespConnection to = server.connect()) {
                Loaded.await(to);
            }
            for (int round = 0; round < ROUNDS; round++) {
                List<Writer> writers = new ArrayList<>();
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    Writer writer = new Writer(i, server);
                    writer.told = counts[i];
                    writer.sent = counts[i];
                    writers.add(writer);
                    threads.add(Thread.ofPlatform().start(writer));
                }
                Thread.sleep(random.nextInt(MOST_MS));
                if (random.nextBoolean()) {
                    try (RespConnection to = server.connect()) {
                        to.call("BGREWRITEAOF");
                        Thread.sleep(random.nextInt(MOST_MS / 8));
                    }
                }
                long end = System.nanoTime();
                server.kill();
                for (Thread thread : threads) {
                    thread.join();
                }
                server.restart();
                try (RespConnection to = server.connect()) {
                    Loaded.await(to);
                    for (int i = 0; i < CLIENTS; i++) {
                        String as = "%s, round %d, -Dseed=%d".formatted(policy, round, SEED);
                        counts[i] = found(to, i, as);
                        Writer writer = writers.get(i);
                        assertThat(counts[i])
                                .as(as)
                                .isBetween(writer.promised(end, always), writer.sent);
                    }
                }
            }
        }
    }

    /** The count of a client; what it pushed in the same transactions must fit. */
    private static long found(RespConnection to, int client, String as) throws IOException {
        var count = to.call("GET", "n" + client);
        long found = count.isNull() ? 0 : Long.parseLong(count.text());
        var list = to.call("LRANGE", "l" + client, "0", "-1").elements();
        List<String> expected = new ArrayList<>();
        for (long pushed = Math.max(1, found - TRIM + 1); pushed <= found; pushed++) {
            expected.add(Long.toString(pushed));
        }
        assertThat(list.stream().map(Reply::text).toList()).as(as).isEqualTo(expected);
        return found;
    }
}
