package io.carnelian.ops.cli;

import io.carnelian.rdb.check.FileCheck;
import java.io.PrintStream;

/** What an RDB file holds, as lines. */
record RdbReport(PrintStream out) implements FileCheck.Report {
    @Override
    public void aux(long offset, String name, String value) {
        out.printf("[offset %d] AUX FIELD %s = '%s'%n", offset, name, value);
    }

    @Override
    public void database(long offset, int db) {
        out.printf("[offset %d] Selecting DB ID %d%n", offset, db);
    }

    /** Says how it is; whether it is sound. */
    static boolean tell(PrintStream out, FileCheck.Found found) {
        boolean sound = found.problem().isEmpty();
        if (sound) {
            out.printf("[offset %d] Checksum OK%n", found.offset());
            out.printf("[offset %d] \\o/ RDB looks OK! \\o/%n", found.offset());
        } else {
            out.println("--- RDB ERROR DETECTED ---");
            out.printf("[offset %d] %s%n", found.offset(), found.problem());
        }
        out.printf("[info] version %d%n", found.version());
        out.printf("[info] %d keys read%n", found.keys());
        out.printf("[info] %d expires%n", found.expires());
        out.printf("[info] %d already expired%n", found.expired());
        found.types().forEach((type, count) -> out.printf("[info] %d of type %s%n", count, type));
        for (FileCheck.Big big : found.biggest()) {
            out.printf(
                    "[info] %d bytes: key '%s' in DB %d, type %s%n",
                    big.bytes(), big.key(), big.db(), big.type());
        }
        return sound;
    }
}
