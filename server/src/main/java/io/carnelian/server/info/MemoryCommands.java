package io.carnelian.server.info;

import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.admin.HelpText;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.reclaim.UsedMemory;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Keyspace;
import java.nio.charset.StandardCharsets;

/**
 * MEMORY: what a key takes, what the server takes and for what, and whether that is healthy.
 *
 * <p>Nothing here is an estimate: the slabs know the size of every record, and what is used in all.
 * So SAMPLES has nothing to do, and STATS and INFO give the same figures.
 */
public final class MemoryCommands {
    private static final Token TOKEN_SAMPLES = Token.of("SAMPLES");

    /** Below this the ratios say nothing. */
    private static final long MIN_JUDGED_BYTES = 5L << 20;

    private static final double HIGH_PEAK = 1.5;
    private static final double HIGH_FRAGMENTATION = 1.4;
    private static final long HIGH_FRAGMENTATION_BYTES = 10L << 20;
    private static final long BIG_CLIENT_BYTES = 200L << 10;
    private static final long BIG_REPLICA_BYTES = 10L << 20;

    private final Keyspace keyspace;
    private final UsedMemory memory;

    public MemoryCommands(Keyspace keyspace, UsedMemory memory) {
        this.keyspace = keyspace;
        this.memory = memory;
    }

    public void addTo(CommandTable commands) {
        commands.container("memory", 0)
                .sub("doctor", 2, 0, Keys.NONE, 0, this::doctor)
                .sub(
                        "help",
                        2,
                        LOADING | STALE,
                        Keys.NONE,
                        0,
                        HelpText.of(
                                "MEMORY",
                                "DOCTOR",
                                "    Return memory problems reports.",
                                "MALLOC-STATS",
                                "    Return internal statistics report from the memory allocator.",
                                "PURGE",
                                "    Attempt to purge dirty pages for reclamation by the"
                                        + " allocator.",
                                "STATS",
                                "    Return information about the memory usage of the server.",
                                "USAGE <key> [SAMPLES <count>]",
                                "    Return memory in bytes used by <key> and its value. Nested"
                                        + " values are",
                                "    sampled up to <count> times (default: 5, 0 means sample"
                                        + " all)."))
                .sub("malloc-stats", 2, 0, Keys.NONE, 0, this::mallocStats)
                .sub("purge", 2, 0, Keys.NONE, 0, this::purge)
                .sub("stats", 2, 0, Keys.NONE, 0, this::stats)
                .sub("usage", -3, READONLY, Keys.SECOND, 0, this::usage);
    }

    /**
     * SAMPLES is checked and has no effect: sizes are known without sampling. A key whose time is
     * over takes memory as long as it is there.
     */
    private void usage(Call call) {
        for (int i = 3; i < call.argc(); i++) {
            if (!call.is(i, TOKEN_SAMPLES) || i + 1 == call.argc()) {
                throw Errors.syntax();
            }
            if (call.longArg(++i) < 0) {
                throw Errors.syntax();
            }
        }
        long record = keyspace.record(call.db(), call.key(2));
        if (record == 0) {
            call.reply().nullBulk();
        } else {
            call.reply().integer(keyspace.memoryOf(record));
        }
    }

    private void stats(Call call) {
        memory.sample();
        Reply reply = call.reply();
        int used = 0;
        for (int i = 0; i < keyspace.databases(); i++) {
            used += keyspace.db(i).size() > 0 ? 1 : 0;
        }
        reply.map(27 + used);
        put(reply, "peak.allocated", memory.peakBytes());
        put(reply, "total.allocated", memory.usedBytes());
        put(reply, "startup.allocated", memory.startupBytes());
        put(reply, "replication.backlog", memory.backlogBytes());
        put(reply, "clients.slaves", memory.replicaClientBytes());
        put(reply, "clients.normal", memory.normalClientBytes());
        put(reply, "cluster.links", 0);
        put(reply, "aof.buffer", memory.aofBufferBytes());
        put(reply, "lua.caches", 0);
        put(reply, "functions.caches", 0);
        for (int i = 0; i < keyspace.databases(); i++) {
            database(reply, i);
        }
        dataset(reply);
        allocator(reply);
    }

    /** One table holds all keys, also those that expire. */
    private void database(Reply reply, int db) {
        if (keyspace.db(db).size() > 0) {
            reply.bulk("db." + db);
            reply.map(3);
            put(reply, "overhead.hashtable.main", keyspace.overheadBytes(db));
            put(reply, "overhead.hashtable.expires", 0);
            put(reply, "overhead.hashtable.slot-to-keys", 0);
        }
    }

    private void dataset(Reply reply) {
        long used = memory.usedBytes();
        long overhead = memory.overheadBytes();
        long sinceStart = Math.max(0, used - memory.startupBytes());
        long data = Math.max(0, used - overhead);
        long keys = keyspace.size();
        put(reply, "overhead.total", overhead);
        put(reply, "keys.count", keys);
        put(reply, "keys.bytes-per-key", keys == 0 ? 0 : sinceStart / keys);
        put(reply, "dataset.bytes", data);
        putRatio(reply, "dataset.percentage", data * 100, Math.max(1, sinceStart));
        putRatio(reply, "peak.percentage", used * 100, memory.peakBytes());
    }

    private void allocator(Reply reply) {
        long allocated = keyspace.slabs().usedBytes();
        long active = keyspace.slabs().activeBytes();
        long resident = ProcFiles.residentBytes();
        put(reply, "allocator.allocated", allocated);
        put(reply, "allocator.active", active);
        put(reply, "allocator.resident", active);
        putRatio(reply, "allocator-fragmentation.ratio", active, allocated);
        put(reply, "allocator-fragmentation.bytes", active - allocated);
        putRatio(reply, "allocator-rss.ratio", 1, 1);
        put(reply, "allocator-rss.bytes", 0);
        putRatio(reply, "rss-overhead.ratio", resident, active);
        put(reply, "rss-overhead.bytes", resident - active);
        putRatio(reply, "fragmentation", resident, memory.usedBytes());
        put(reply, "fragmentation.bytes", resident - memory.usedBytes());
    }

    private static void put(Reply reply, String name, long value) {
        reply.bulk(name);
        reply.integer(value);
    }

    private static void putRatio(Reply reply, String name, long part, long whole) {
        reply.bulk(name);
        reply.doubleValue(whole == 0 ? 0 : (double) part / whole);
    }

    /** Frees what nobody sees any more, and gives unused pages back to the system. */
    private void purge(Call call) {
        while (keyspace.releaseSome(1000) == 1000) {}
        keyspace.slabs().purge();
        call.reply().ok();
    }

    private void mallocStats(Call call) {
        String text =
                "___ Begin slab statistics ___\nrecords: "
                        + keyspace.slabs().records()
                        + "\nbytes of records: "
                        + keyspace.slabs().usedBytes()
                        + "\nbytes of pages held: "
                        + keyspace.slabs().committedBytes()
                        + "\n"
                        + keyspace.slabs().report()
                        + "--- End slab statistics ---\n";
        verbatim(call, text);
    }

    private void doctor(Call call) {
        memory.sample();
        verbatim(call, diagnosis());
    }

    private String diagnosis() {
        long used = memory.usedBytes();
        if (used < MIN_JUDGED_BYTES) {
            return "There is so little data here that no judgement can be made. Ask again when"
                    + " there is more.\n";
        }
        StringBuilder found = new StringBuilder();
        if (memory.peakBytes() > used * HIGH_PEAK) {
            found.append(
                    " * High peak: at its peak this server used more than half again as much"
                            + " memory as now. Freed memory goes back to the system by itself;"
                            + " if resident memory stays high, try MEMORY PURGE.\n");
        }
        long allocated = keyspace.slabs().usedBytes();
        long active = keyspace.slabs().activeBytes();
        if (active > allocated * HIGH_FRAGMENTATION
                && active - allocated > HIGH_FRAGMENTATION_BYTES) {
            found.append(
                    " * High fragmentation: the pages of the allocator are sparsely used. With"
                            + " 'CONFIG SET activedefrag yes' records are moved together and"
                            + " pages given back.\n");
        }
        long limbo = keyspace.epochs().limboBytes();
        if (limbo > used / 4) {
            found.append(
                    " * A snapshot holds much: over a quarter of the memory waits for a snapshot"
                            + " to end (mem_snapshot_limbo). A slow replica or a slow disk may be"
                            + " the cause.\n");
        }
        if (memory.normalClientBytes() > BIG_CLIENT_BYTES * Math.max(1, memory.clientCount())) {
            found.append(
                    " * Big client buffers: clients take over 200 KB each in the mean. Look for"
                            + " one that does not read its replies in CLIENT LIST, and see"
                            + " client-output-buffer-limit.\n");
        }
        if (memory.replicaClientBytes() > BIG_REPLICA_BYTES) {
            found.append(
                    " * Big replica buffers: over 10 MB of the stream wait for replicas. A"
                            + " replica or the network to it is too slow.\n");
        }
        return found.isEmpty()
                ? "No problem with the memory of this server was found.\n"
                : "Found in this server's use of memory:\n\n" + found;
    }

    private static void verbatim(Call call, String text) {
        call.reply().verbatim("txt", text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
