package io.carnelian.rdb.load;

import io.carnelian.server.packed.Listpack;
import io.carnelian.server.quicklist.Quicklist;
import io.carnelian.server.table.Record;
import java.util.ArrayList;
import java.util.List;

/** The elements of a list, as text. */
final class ListText {
    private ListText() {}

    static String of(long record) {
        List<String> elements = new ArrayList<>();
        long value = Record.valueAddress(record);
        if (Record.encoding(record) == Record.LISTPACK) {
            add(value, elements);
        } else {
            Quicklist.<RuntimeException>forEachPack(value, pack -> add(pack, elements));
        }
        return elements.toString();
    }

    private static void add(long pack, List<String> elements) {
        long end = Listpack.end(pack);
        for (long e = Listpack.first(pack); e != end; e = Listpack.next(e)) {
            elements.add(
                    Listpack.isInteger(e)
                            ? Long.toString(Listpack.integer(e))
                            : DataRig.copy(Listpack.stringAddress(e), Listpack.stringLength(e)));
        }
    }
}
