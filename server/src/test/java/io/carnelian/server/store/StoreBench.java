package io.carnelian.server.store;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.table.Record;
import io.carnelian.server.warmup.StoreWarmUp;
import java.lang.System.Logger.Level;
import java.util.Locale;

/**
 * Prints what the store costs: run by hand, without the checked mode.
 *
 * <pre>
 *   java -cp target/classes:target/test-classes \
 *       io.carnelian.server.store.StoreBench 1000000 5000000
 * </pre>
 *
 * Keys are 16 bytes, values 32 bytes; keys of a batch are made before the clock starts.
 */
final class StoreBench {
    private static final int BATCH = 64;
    private static final int KEY_BYTES = 16;
    private static final int VALUE_BYTES = 32;

    private final Pages pages = new Pages();
    private final Slabs slabs = new Slabs(pages);
    private final Keyspace keyspace = new Keyspace(slabs, 1);
    private final Database db = keyspace.db(0);
    private final long keys = slabs.allocate(BATCH * KEY_BYTES);
    private final long value = slabs.allocate(VALUE_BYTES);
    private final Key[] batch = new Key[BATCH];
    private final int count;
    private long random = 0x123456789ABCDEFL;
    private long sink;
    private double keyMaking;

    private StoreBench(int count) {
        this.count = count;
        for (int i = 0; i < BATCH; i++) {
            batch[i] = new Key();
        }
    }

    public static void main(String[] args) {
        int count = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        int operations = args.length > 1 ? Integer.parseInt(args[1]) : 5_000_000;
        new StoreBench(count).run(operations);
    }

    private void run(int operations) {
        long before = slabs.usedBytes();
        long start = cpuNanos();
        for (int i = 0; i < count; i += BATCH) {
            for (int j = 0; j < BATCH; j++) {
                makeKey(j, i + j);
            }
            for (int j = 0; j < BATCH; j++) {
                set(batch[j]);
            }
        }
        print("load, with key making", cpuNanos() - start, count);
        say(
                String.format(
                        Locale.ROOT,
                        "bytes per key %.1f, of which table %.1f; pages held %.1f",
                        (double) (slabs.usedBytes() - before) / count,
                        (double) db.table().overheadBytes() / count,
                        (double) slabs.committedBytes() / count));
        long begin = System.nanoTime();
        int rounds = StoreWarmUp.run(pages, 3000, snapshot -> snapshot.walk(0, record -> {}));
        say("warm-up: " + rounds + " rounds in " + (System.nanoTime() - begin) / 1_000_000 + " ms");
        for (int round = 0; round < (operations == 0 ? 0 : 3); round++) {
            makeKeys(operations);
            get(operations, false);
            get(operations, true);
            set(operations, false);
            set(operations, true);
            deleteAndInsert(operations);
        }
        if (operations == 0) {
            return;
        }
        snapshots();
        snapshots();
        integers();
        allocator();
        say(String.format(Locale.ROOT, "sink %d", sink));
    }

    private void makeKeys(int operations) {
        long start = cpuNanos();
        for (int i = 0; i < operations; i += BATCH) {
            randomKeys();
        }
        long nanos = cpuNanos() - start;
        print("key making (subtracted)", nanos, operations);
        keyMaking = (double) nanos / operations;
    }

    private void get(int operations, boolean touched) {
        long start = cpuNanos();
        for (int i = 0; i < operations; i += BATCH) {
            randomKeys();
            hashBatch(touched);
            for (Key key : batch) {
                long record = db.lookupRead(key);
                sink += Memory.getLong(Record.valueAddress(record));
            }
        }
        print(touched ? "get, touched first" : "get", cpuNanos() - start, operations);
    }

    private void set(int operations, boolean touched) {
        long start = cpuNanos();
        for (int i = 0; i < operations; i += BATCH) {
            randomKeys();
            hashBatch(touched);
            for (Key key : batch) {
                db.setString(key, value, VALUE_BYTES, 0);
            }
        }
        print(touched ? "set over, touched first" : "set over", cpuNanos() - start, operations);
    }

    private void deleteAndInsert(int operations) {
        long start = cpuNanos();
        for (int i = 0; i < operations; i += BATCH) {
            randomKeys();
            hashBatch(false);
            for (Key key : batch) {
                db.delete(key);
                set(key);
            }
        }
        print("delete + insert", cpuNanos() - start, operations);
    }

    /** Cuts, writes while a snapshot lives, the walk beside them, and the release. */
    private void snapshots() {
        long[] cuts = new long[20];
        for (int i = 0; i < cuts.length; i++) {
            long start = System.nanoTime();
            Snapshot snapshot = keyspace.cut();
            cuts[i] = System.nanoTime() - start;
            for (int j = 0; j < 1000; j += BATCH) {
                randomKeys();
                hashBatch(true);
                for (Key key : batch) {
                    db.setString(key, value, VALUE_BYTES, 0);
                }
            }
            keyspace.end(snapshot);
            while (keyspace.epochs().hasReleases()) {
                keyspace.releaseSome(64);
            }
        }
        java.util.Arrays.sort(cuts);
        say("cut: median " + cuts[10] + " ns, worst " + cuts[19] + " ns");

        Snapshot snapshot = keyspace.cut();
        long start = cpuNanos();
        snapshot.walk(0, record -> sink += Memory.getLong(Record.valueAddress(record)));
        print("walk a key", cpuNanos() - start + (long) (keyMaking * count), count);
        firstWrites();
        set(count, true);
        say("waiting " + keyspace.epochs().limboBytes());
        keyspace.end(snapshot);
        start = cpuNanos();
        long released = 0;
        while (keyspace.epochs().hasReleases()) {
            released += keyspace.releaseSome(64);
        }
        print("release", cpuNanos() - start + (long) (keyMaking * released), released);
    }

    /** Times the first writes after a cut one by one: those that copy a segment. */
    private void firstWrites() {
        long[] nanos = new long[Math.min(count, 20_000)];
        int copies = 0;
        for (int i = 0; i < nanos.length; i += BATCH) {
            randomKeys();
            hashBatch(true);
            for (Key key : batch) {
                long before = keyspace.epochs().nodesCopied();
                long start = System.nanoTime();
                db.setString(key, value, VALUE_BYTES, 0);
                long took = System.nanoTime() - start;
                if (keyspace.epochs().nodesCopied() == before + 1 && copies < nanos.length) {
                    nanos[copies++] = took;
                }
            }
        }
        java.util.Arrays.sort(nanos, 0, copies);
        say(
                "writes that copied: "
                        + copies
                        + ", median "
                        + nanos[copies / 2]
                        + " ns, p99 "
                        + nanos[copies * 99 / 100]
                        + " ns, waiting "
                        + keyspace.epochs().limboBytes());
    }

    /** Frees and allocates a random one of 1000 records of 16 to 143 bytes. */
    private void allocator() {
        long[] live = new long[1000];
        for (int i = 0; i < live.length; i++) {
            live[i] = slabs.allocate(16 + (i & 127));
        }
        for (int round = 0; round < 3; round++) {
            long start = cpuNanos();
            for (int i = 0; i < 5_000_000; i++) {
                random ^= random << 13;
                random ^= random >>> 7;
                random ^= random << 17;
                int at = (int) ((random >>> 1) % live.length);
                slabs.free(live[at]);
                live[at] = slabs.allocate(16 + (random & 127));
            }
            long nanos = cpuNanos() - start;
            say(String.format(Locale.ROOT, "free + allocate %.1f ns", nanos / 5e6));
        }
    }

    private void integers() {
        keyspace.flushAll();
        while (keyspace.epochs().hasReleases()) {
            keyspace.releaseSome(1000);
        }
        long before = slabs.usedBytes();
        for (int i = 0; i < count; i += BATCH) {
            for (int j = 0; j < BATCH; j++) {
                makeKey(j, i + j);
                db.setLong(batch[j].set(batch[j].address, KEY_BYTES), i, false);
            }
        }
        double bytes = (double) (slabs.usedBytes() - before) / count;
        say(String.format(Locale.ROOT, "bytes per key with integers %.1f", bytes));
    }

    private void set(Key key) {
        key.set(key.address, KEY_BYTES);
        db.setString(key, value, VALUE_BYTES, 0);
    }

    private void hashBatch(boolean touched) {
        for (Key key : batch) {
            key.set(key.address, KEY_BYTES);
        }
        if (touched) {
            long seen = 0;
            for (Key key : batch) {
                seen ^= db.touchSlots(key.hash);
            }
            for (Key key : batch) {
                seen ^= db.touchRecord(key.hash);
            }
            sink += seen;
        }
    }

    private void randomKeys() {
        for (int j = 0; j < BATCH; j++) {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            makeKey(j, (int) ((random >>> 1) % count));
        }
    }

    private void makeKey(int at, int number) {
        long to = keys + (long) at * KEY_BYTES;
        Memory.putInt(to, 'k' | 'e' << 8 | 'y' << 16 | ':' << 24);
        int rest = number;
        for (int i = KEY_BYTES - 1; i >= 4; i--) {
            Memory.putByte(to + i, (byte) ('0' + rest % 10));
            rest /= 10;
        }
        batch[at].address = to;
    }

    private static void say(String text) {
        System.getLogger("bench").log(Level.INFO, text);
    }

    private void print(String what, long nanos, long operations) {
        say(
                String.format(
                        Locale.ROOT,
                        "%-26s %7.1f ns",
                        what,
                        (double) nanos / operations - (what.startsWith("key") ? 0 : keyMaking)));
    }

    private static long cpuNanos() {
        return java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
