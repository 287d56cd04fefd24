package io.carnelian.rdb.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.rdb.format.Opcodes;
import io.carnelian.rdb.format.RdbReader;
import io.carnelian.server.hash.HashValue;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A payload of RESTORE with a field that is there twice, which is looked for only if {@code
 * sanitize-dump-payload} says so.
 */
class HashTwinTest {
    private static final int ROOM = 256;

    private static long text(long at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        Memory.copyIn(bytes, 0, at, bytes.length);
        return at;
    }

    private static byte[] listpack(Slabs slabs, String... entries) {
        long scratch = slabs.allocate(2 * ROOM);
        long pack = scratch + ROOM;
        Listpack.create(pack);
        for (String entry : entries) {
            Listpack.insert(pack, Listpack.end(pack), text(scratch, entry), entry.length());
        }
        byte[] bytes = new byte[Listpack.bytes(pack)];
        Memory.copyOut(pack, bytes, 0, bytes.length);
        slabs.free(scratch);
        return bytes;
    }

    /** A table that counts more fields than it has makes every later file unreadable. */
    @Test
    void aTableMadeOfItHasAsManyFieldsAsItCounts() throws IOException {
        Pages pages = new Pages();
        try (DataRig rig = new DataRig(pages);
                DataRig again = new DataRig(pages)) {
            Slabs slabs = rig.keyspace.slabs();
            byte[] pack = listpack(slabs, "f", "1", "g", "2", "f", "3", "h", "4");
            byte[] payload = new byte[pack.length + 1];
            payload[0] = (byte) pack.length;
            System.arraycopy(pack, 0, payload, 1, pack.length);
            RdbReader reader = new RdbReader(new ByteArrayInputStream(payload), 64, false);
            ValueReader values = new ValueReader(rig.keyspace, DataRig.LIMITS, reader);
            long made = values.read(Opcodes.TYPE_HASH_LISTPACK);
            values.close();
            Database db = rig.keyspace.db(0);
            long room = slabs.allocate(2 * ROOM);
            Key key = new Key().set(text(room, "k"), 1);
            rig.keyspace.values().put(db, key, made, Record.NEVER);
            HashValue hash = new HashValue(rig.keyspace, DataRig.LIMITS.hash());
            String longOne = "v".repeat(ROOM);
            hash.edit(db, key, db.lookupWrite(key));
            assertThat(hash.put(text(room + 8, "i"), 1, text(room + ROOM, longOne), ROOM)).isTrue();
            assertThat(hash.count()).isEqualTo(4);
            slabs.free(room);
            Map<String, String> before = rig.text();
            assertThat(before.get("0 k")).contains("f => 1", "g => 2", "h => 4", "i => v");
            again.load(rig.file(10, true));
            assertThat(again.text()).isEqualTo(before);
        }
    }
}
