package io.carnelian.rdb.save;

import io.carnelian.rdb.format.ChunkSink;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How fast a snapshot is encoded: keys of 16 bytes, values of 32. By hand: {@code main}, with the
 * number of keys in millions; without {@code -ea} and {@code carnelian.memory.checked}.
 */
final class EncodeBench {
    private static final Logger LOG = LoggerFactory.getLogger(EncodeBench.class);
    private static final int CHUNK_BYTES = 128 * 1024;
    private static final int ROUNDS = 6;
    private static final ChunkSink NOWHERE = (chunk, length) -> chunk;

    private EncodeBench() {}

    public static void main(String[] args) throws IOException {
        int keys = Integer.parseInt(args[0]) * 1_000_000;
        Keyspace keyspace = new Keyspace(new Slabs(new Pages()), 1);
        fill(keyspace, keys);
        Snapshot snapshot = keyspace.cut();
        for (boolean checksum : new boolean[] {true, false}) {
            for (int i = 0; i < ROUNDS; i++) {
                round(snapshot, checksum);
            }
        }
        keyspace.end(snapshot);
    }

    private static void fill(Keyspace keyspace, int keys) {
        ByteBuf bytes = Unpooled.directBuffer(64);
        Key key = new Key();
        for (int i = 0; i < keys; i++) {
            String text = "key:%012d".formatted(i) + "%032d".formatted(i * 7L).replace('0', 'x');
            bytes.setBytes(0, text.getBytes(StandardCharsets.ISO_8859_1));
            key.set(bytes.memoryAddress(), 16);
            keyspace.db(0).setString(key, bytes.memoryAddress() + 16, 32, 0);
        }
        bytes.release();
    }

    private static void round(Snapshot snapshot, boolean checksum) throws IOException {
        SnapshotEncoder encoder = new SnapshotEncoder(snapshot, RdbFacts.of(0, 0), checksum, true);
        var threads = ManagementFactory.getThreadMXBean();
        long beginCpu = threads.getCurrentThreadCpuTime();
        long begin = System.nanoTime();
        encoder.encode(NOWHERE, new byte[CHUNK_BYTES]);
        double seconds = (System.nanoTime() - begin) / 1e9;
        double cpuSeconds = (threads.getCurrentThreadCpuTime() - beginCpu) / 1e9;
        LOG.info(
                "checksum {}: {} keys, {} bytes in {} s, {} s of CPU: {} keys a CPU second",
                checksum,
                encoder.keysDone(),
                encoder.bytesDone(),
                seconds,
                cpuSeconds,
                Math.round(encoder.keysDone() / cpuSeconds));
    }
}
