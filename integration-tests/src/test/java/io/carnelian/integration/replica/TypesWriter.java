package io.carnelian.integration.replica;

import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes strings, lists, sets, hashes and sorted sets of two databases, alone and in transactions,
 * some with an expiry, at about a fixed rate: a batch is sent, its replies are taken, the rest of
 * its time passes.
 */
public final class TypesWriter {
    private static final int BATCHES_A_SECOND = 50;
    private static final int PRELOAD_BATCH = 1_000;

    private final RespConnection connection;
    private final int keys;
    private final int perBatch;
    private final SplittableRandom random;
    private final Thread thread = new Thread(this::run, "types-writer");
    private volatile boolean stopping;
    private volatile String failure = "";
    private int expected;

    public TypesWriter(RespConnection connection, int keys, int perSecond, long seed) {
        this.connection = connection;
        this.keys = keys;
        this.perBatch = perSecond / BATCHES_A_SECOND;
        this.random = new SplittableRandom(seed);
        thread.setDaemon(true);
    }

    /** As many writes as there are keys, before {@link #start}. */
    public void preload() throws IOException {
        for (int done = 0; done < keys; done += PRELOAD_BATCH) {
            batch(PRELOAD_BATCH);
        }
    }

    public void start() {
        thread.start();
    }

    /** Stops when every write has been answered. */
    public void stop() throws InterruptedException, IOException {
        stopping = true;
        thread.join();
        if (!failure.isEmpty()) {
            throw new IOException("the writer ended: " + failure);
        }
    }

    private void run() {
        try {
            while (!stopping) {
                batch(perBatch);
                LockSupport.parkNanos(1_000_000_000L / BATCHES_A_SECOND);
            }
        } catch (IOException broken) {
            failure = broken.toString();
        }
    }

    private void batch(int writes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        expected = 0;
        for (int i = 0; i < writes; i++) {
            int kind = random.nextInt(100);
            if (kind < 90) {
                write(bytes);
            } else if (kind < 95) {
                put(bytes, "MULTI");
                for (int n = random.nextInt(4); n >= 0; n--) {
                    write(bytes);
                }
                put(bytes, "EXEC");
            } else {
                put(bytes, "SELECT", Integer.toString(random.nextInt(2)));
            }
        }
        connection.send(bytes.toByteArray());
        for (int i = 0; i < expected; i++) {
            Reply reply = connection.readReply();
            if (reply.isError()) {
                throw new IOException("a write was refused: " + reply);
            }
        }
    }

    private void write(ByteArrayOutputStream to) {
        String number = Integer.toString(random.nextInt(keys / 4));
        String element = Integer.toString(random.nextInt(300));
        switch (random.nextInt(19)) {
            case 0, 1 -> put(to, "SET", "s:" + number, "value " + element);
            case 2 -> put(to, "SET", "s:" + number, element, "PX", "400");
            case 3 -> put(to, "SET", "s:" + number, element, "EX", "5000");
            case 4 -> put(to, "INCR", "n:" + number);
            case 5 -> put(to, "RPUSH", "l:" + number, element, "b".repeat(random.nextInt(200)));
            case 6 -> put(to, "LPUSH", "l:" + number, element);
            case 7 -> put(to, "LPOP", "l:" + number);
            case 8, 9 -> put(to, "SADD", "t:" + number, element, "m" + element);
            case 10 -> put(to, "SPOP", "t:" + number);
            case 11, 12 -> put(to, "HSET", "h:" + number, "f" + element, element);
            case 13 -> put(to, "HDEL", "h:" + number, "f" + element);
            case 14 -> put(to, "DEL", "s:" + number, "l:" + number);
            case 15, 16 -> put(to, "ZADD", "z:" + number, element, "m" + element);
            case 17 -> put(to, "ZPOPMIN", "z:" + number);
            default -> put(to, "EXPIRE", "h:" + number, "3000");
        }
    }

    private void put(ByteArrayOutputStream to, String... words) {
        to.writeBytes(RespConnection.encode(words));
        expected++;
    }
}
