package io.carnelian.server.sort;

import io.carnelian.server.zset.SortedSetValue;

/** Sorted sets to be sorted otherwise; their own order is that of their scores. */
final class SortedSetSource implements SortSource {
    private final SortedSetValue set;
    private final Element element = new Element();

    SortedSetSource(SortedSetValue set) {
        this.set = set;
    }

    @Override
    public long count(long record) {
        return set.read(record).count();
    }

    @Override
    public boolean isOrdered() {
        return true;
    }

    @Override
    public void forEach(long record, long from, long count, boolean backwards, Visitor visitor) {
        long all = set.read(record).count();
        long first = backwards ? all - from - count : from;
        set.forEach(
                first,
                first + count,
                backwards,
                each -> {
                    element.setText(each.address, each.length);
                    visitor.visit(element);
                });
    }
}
