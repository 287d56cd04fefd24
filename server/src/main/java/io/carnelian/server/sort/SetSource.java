package io.carnelian.server.sort;

import io.carnelian.server.set.SetValue;

/** Sets to be sorted. */
final class SetSource implements SortSource {
    private final SetValue set;
    private final Element element = new Element();

    SetSource(SetValue set) {
        this.set = set;
    }

    @Override
    public long count(long record) {
        return set.read(record).count();
    }

    @Override
    public boolean isOrdered() {
        return false;
    }

    @Override
    public void forEach(long record, long from, long count, boolean backwards, Visitor visitor) {
        set.read(record)
                .forEach(member -> {
                    element.setText(member.address, member.length);
                    visitor.visit(element);
                });
    }
}
