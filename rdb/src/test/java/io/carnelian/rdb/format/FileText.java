package io.carnelian.rdb.format;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Everything that an RDB file of strings says, as lines of text. */
public final class FileText implements RdbEntries.Listener {
    private final List<String> lines = new ArrayList<>();

    private FileText() {}

    /**
     * Reads a whole file: {@code aux name value}, {@code sizes db keys expires}, {@code string db
     * key = value @expiry}.
     */
    public static List<String> lines(byte[] file) throws IOException {
        FileText told = new FileText();
        RdbReader reader = new RdbReader(new ByteArrayInputStream(file), 100, true);
        ArrayBlob key = new ArrayBlob(1 << 20);
        ArrayBlob value = new ArrayBlob(1 << 20);
        RdbEntries entries = new RdbEntries(reader, told, Integer.MAX_VALUE, key);
        entries.begin();
        while (entries.next()) {
            if (entries.type() != Opcodes.TYPE_STRING) {
                throw reader.damaged("only strings here");
            }
            reader.readString(value);
            told.lines.add(
                    "string "
                            + entries.db()
                            + " "
                            + key.text()
                            + " = "
                            + value.text()
                            + " @"
                            + entries.expireAtMs());
        }
        return told.lines;
    }

    @Override
    public void aux(String name, String value) {
        lines.add("aux " + name + " " + value);
    }

    @Override
    public void sizes(int db, long keys, long expires) {
        lines.add("sizes " + db + " " + keys + " " + expires);
    }
}
