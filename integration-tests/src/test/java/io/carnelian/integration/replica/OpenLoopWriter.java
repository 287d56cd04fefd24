package io.carnelian.integration.replica;

import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes at a fixed rate whatever the server's pace: commands are sent when they are due,
 * pipelined, by one thread, and their replies taken by another. Overwrites, expiries, deletions,
 * counters and a second database are mixed, so that every kind of effect travels in the replication
 * stream.
 */
final class OpenLoopWriter {
    private static final long TICK_NS = 5_000_000;
    private static final int COUNTERS = 1_000;

    private final RespConnection connection;
    private final long keys;
    private final int perSecond;
    private final SplittableRandom random;
    private final Thread sender = new Thread(this::send, "open-loop-writer");
    private final Thread receiver = new Thread(this::receive, "open-loop-replies");
    private final AtomicLong sent = new AtomicLong();
    private volatile boolean stopping;
    private volatile boolean senderDone;
    private volatile String failure = "";
    private long received;

    OpenLoopWriter(RespConnection connection, long keys, int perSecond, long seed) {
        this.connection = connection;
        this.keys = keys;
        this.perSecond = perSecond;
        this.random = new SplittableRandom(seed);
        sender.setDaemon(true);
        receiver.setDaemon(true);
    }

    void start() {
        sender.start();
        receiver.start();
    }

    long sent() {
        return sent.get();
    }

    /** Stops when every command sent has been answered. */
    void stop() throws InterruptedException, IOException {
        stopping = true;
        sender.join();
        receiver.join();
        if (!failure.isEmpty()) {
            throw new IOException("the writer ended: " + failure);
        }
    }

    /** Sets all keys once, some with an expiry, pipelined on the same connection; before start. */
    void preload() throws IOException {
        int batch = 1_000;
        long before = 0;
        for (long next = 0; next < keys; next += batch) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            long end = Math.min(keys, next + batch);
            for (long key = next; key < end; key++) {
                bytes.writeBytes(
                        key % 10 == 0
                                ? RespConnection.encode("SET", key(key), value(), "EX", "90000")
                                : RespConnection.encode("SET", key(key), value()));
            }
            connection.send(bytes.toByteArray());
            takeReplies(before);
            before = end - next;
        }
        takeReplies(before);
    }

    private void takeReplies(long count) throws IOException {
        for (long i = 0; i < count; i++) {
            Reply reply = connection.readReply();
            if (reply.isError()) {
                throw new IOException("a write was refused: " + reply);
            }
        }
    }

    private void send() {
        try {
            long startNs = System.nanoTime();
            while (!stopping) {
                long elapsedNs = System.nanoTime() - startNs;
                long due = (long) (elapsedNs / 1e9 * perSecond) - sent.get();
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                long count = 0;
                while (count < due) {
                    count += write(bytes);
                }
                sent.addAndGet(count); // before the bytes: a reply must find itself expected
                connection.send(bytes.toByteArray());
                LockSupport.parkNanos(TICK_NS);
            }
        } catch (IOException broken) {
            failure = broken.toString();
        } finally {
            senderDone = true;
        }
    }

    private void receive() {
        try {
            while (!senderDone || received < sent.get()) {
                if (received == sent.get()) {
                    LockSupport.parkNanos(TICK_NS);
                    continue;
                }
                Reply reply = connection.readReply();
                received++;
                if (reply.isError()) {
                    failure = "a write was refused: " + reply;
                }
            }
        } catch (IOException broken) {
            failure = broken.toString();
        }
    }

    /** Puts one random write, or a few that belong together; returns how many commands. */
    private int write(ByteArrayOutputStream into) {
        String key = key(random.nextLong(keys));
        String number = Integer.toString(random.nextInt(COUNTERS));
        int kind = random.nextInt(100);
        if (kind < 60) {
            return put(into, "SET", key, value());
        }
        if (kind < 68) {
            return put(into, "SET", key, value(), "EX", "10000");
        }
        if (kind < 72) {
            return put(into, "SET", key, value(), "PX", "300");
        }
        if (kind < 77) {
            return put(into, "DEL", key);
        }
        if (kind < 82) {
            return put(into, "INCR", "counter:" + number);
        }
        return switch (kind) {
            case 82, 83 -> put(into, "APPEND", key, "+");
            case 84, 85 -> put(into, "EXPIRE", key, "5000");
            case 86 -> put(into, "PERSIST", key);
            case 87 -> put(into, "MSET", key, value(), key(random.nextLong(keys)), "mset");
            case 88 -> put(into, "COPY", key, key(random.nextLong(keys)), "REPLACE");
            case 89 -> put(into, "SETRANGE", key, "4", "range");
            case 90 -> put(into, "INCRBYFLOAT", "float:" + number, "0.1");
            case 91 -> put(into, "GETDEL", key);
            case 92 -> put(into, "GETEX", key, "PX", "200");
            case 93 -> put(into, "SET", key, value(), "KEEPTTL", "XX");
            case 94 -> put(into, "SETNX", key, value());
            case 95 -> put(into, "UNLINK", key, key(random.nextLong(keys)));
            case 96 -> put(into, "PEXPIREAT", key, "4102444800123");
            case 97 -> put(into, "MOVE", key, "1");
            default ->
                    put(into, "SELECT", "1")
                            + put(into, "SET", key, value(), "EX", "20000")
                            + put(into, "SELECT", "0");
        };
    }

    private static int put(ByteArrayOutputStream into, String... command) {
        into.writeBytes(RespConnection.encode(command));
        return 1;
    }

    private static String key(long number) {
        return String.format("key:%012d", number);
    }

    /** 32 characters, or now and then a number. */
    private String value() {
        if (random.nextInt(10) == 0) {
            return Integer.toString(random.nextInt());
        }
        return String.format("%016x%016x", random.nextLong(), random.nextLong());
    }
}
