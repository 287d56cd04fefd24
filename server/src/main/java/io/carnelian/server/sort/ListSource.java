package io.carnelian.server.sort;

import io.carnelian.server.list.ListValue;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.quicklist.ListCursor;

/** Lists to be sorted. */
final class ListSource implements SortSource {
    private final ListValue list;
    private final Element element = new Element();

    ListSource(ListValue list) {
        this.list = list;
    }

    @Override
    public long count(long record) {
        return list.read(record).size();
    }

    @Override
    public boolean isOrdered() {
        return true;
    }

    @Override
    public void forEach(long record, long from, long count, boolean backwards, Visitor visitor) {
        if (count == 0) {
            return;
        }
        long size = list.read(record).size();
        ListCursor at = list.seek(backwards ? size - 1 - from : from);
        for (long i = 0; i < count; i++) {
            long entry = at.entry();
            if (Listpack.isInteger(entry)) {
                element.setInteger(Listpack.integer(entry));
            } else {
                element.setText(Listpack.stringAddress(entry), Listpack.stringLength(entry));
            }
            visitor.visit(element);
            var _ = backwards ? at.previous() : at.next();
        }
    }
}
