package io.carnelian.rdb.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.rdb.format.Opcodes;
import io.carnelian.rdb.format.RdbFormatException;
import io.carnelian.rdb.format.RdbReader;
import io.carnelian.rdb.format.RdbWriter;
import io.carnelian.rdb.save.ValueEncoder;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.table.Record;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Values as they stand in a payload of RESTORE, damaged: {@code -Drdb.fuzz=100000 -Dseed=}. */
class ValueFuzzTest {
    private static final int KEYS = 60;

    private final Pages pages = new Pages();

    private static byte[] payload(long record, int version) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        RdbWriter writer =
                new RdbWriter(
                        (chunk, length) -> {
                            bytes.write(chunk, 0, length);
                            return chunk;
                        },
                        new byte[1000],
                        Memory::copyOut,
                        true);
        writer.compress(version != 9);
        ValueEncoder values = new ValueEncoder(writer, version);
        writer.type(values.type(record));
        values.write(record);
        writer.endPayload();
        return bytes.toByteArray();
    }

    @Test
    void damagedValuesAreRefusedAndLeaveNothing() throws IOException {
        int rounds = Integer.getInteger("rdb.fuzz", 5_000);
        long seed = Long.getLong("seed", Long.getLong("build.seed", System.nanoTime()));
        System.getLogger("ValueFuzzTest").log(System.Logger.Level.INFO, "seed " + seed);
        Random random = new Random(seed);
        List<byte[]> payloads = new ArrayList<>();
        try (DataRig from = new DataRig(pages)) {
            from.fill(random, KEYS);
            from.keyspace.db(0).forEach(record -> add(payloads, record));
        }
        int refused = 0;
        for (int round = 0; round < rounds; round++) {
            byte[] damaged = Damage.to(payloads.get(random.nextInt(payloads.size())), random);
            if (random.nextInt(8) == 0) {
                damaged[0] = (byte) random.nextInt(24);
            }
            try (DataRig to = new DataRig(pages)) {
                refused += restore(to, damaged, random.nextBoolean()) ? 0 : 1;
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + " round " + round, e);
            }
        }
        assertThat(refused).as("seed %d", seed).isBetween(rounds / 10, rounds);
    }

    private static void add(List<byte[]> payloads, long record) {
        try {
            payloads.add(payload(record, payloads.size() % 2 == 0 ? 9 : 10));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** As RESTORE does it; false if it was refused. */
    private static boolean restore(DataRig to, byte[] payload, boolean deep) throws IOException {
        RdbReader reader = new RdbReader(new ByteArrayInputStream(payload), 64, false);
        ValueReader values = new ValueReader(to.keyspace, DataRig.LIMITS, reader);
        values.deep(deep);
        long made = 0;
        try {
            int type = reader.readByte();
            if (type == Opcodes.TYPE_STRING) {
                return values.string().length() >= 0;
            }
            made = Opcodes.typeName(type) == null ? 0 : values.read(type);
            if (made != 0) {
                assertThat(to.value(made)).isNotNull();
            }
            return made != 0;
        } catch (RdbFormatException e) {
            return false;
        } finally {
            values.close();
            if (made != 0) {
                assertThat(Record.type(made)).isPositive();
                to.keyspace.values().discard(made);
            }
        }
    }
}
