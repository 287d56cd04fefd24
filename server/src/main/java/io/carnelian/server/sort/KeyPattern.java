package io.carnelian.server.sort;

import io.carnelian.server.hash.HashEntry;
import io.carnelian.server.hash.HashValue;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;

/**
 * A pattern behind BY or GET: {@code weight_*} is a key in which the star stands for the element,
 * {@code obj_*->name} a field of the hash at such a key, {@code #} the element itself. Text ends at
 * a zero byte where Redis looks for the star and the arrow.
 */
final class KeyPattern {
    private final HashValue hash;
    private final HashEntry entry = new HashEntry();
    private final Key key = new Key();
    private long address;
    private int length;
    private int star;
    private int field;
    private int keyEnd;

    KeyPattern(HashValue hash) {
        this.hash = hash;
    }

    /** Sets the pattern; the bytes must stay. */
    KeyPattern set(long at, int bytes) {
        address = at;
        length = bytes;
        star = indexOf(at, bytes, '*');
        field = bytes;
        keyEnd = bytes;
        if (star >= 0) {
            int arrow = arrow();
            if (arrow >= 0) {
                field = arrow + 2;
                keyEnd = arrow;
            }
        }
        return this;
    }

    static boolean hasStar(long at, int bytes) {
        return indexOf(at, bytes, '*') >= 0;
    }

    private static int indexOf(long at, int bytes, char wanted) {
        for (int i = 0; i < bytes; i++) {
            byte b = Memory.getByte(at + i);
            if (b == wanted) {
                return i;
            }
            if (b == 0) {
                return -1;
            }
        }
        return -1;
    }

    /** The first arrow behind the star, if anything stands behind it; or -1. */
    private int arrow() {
        for (int i = star + 1; i + 2 < length; i++) {
            byte b = Memory.getByte(address + i);
            if (b == 0) {
                return -1;
            }
            if (b == '-' && Memory.getByte(address + i + 1) == '>') {
                return Memory.getByte(address + i + 2) == 0 ? -1 : i;
            }
        }
        return -1;
    }

    private boolean isElementItself() {
        return length > 0
                && Memory.getByte(address) == '#'
                && (length == 1 || Memory.getByte(address + 1) == 0);
    }

    /** Points {@code found} at what the pattern stands for, or at nothing. */
    void look(Database db, Slabs slabs, Element element, Element found) {
        if (isElementItself()) {
            found.set(element.value, element.length);
            return;
        }
        found.setMissing();
        if (star < 0) {
            return;
        }
        int bytes = element.bytes();
        int behind = keyEnd - star - 1;
        int total = Math.addExact(star + behind, bytes);
        long name = slabs.allocate(Math.max(1, total));
        try {
            Memory.copy(address, name, star);
            Memory.copy(element.address(), name + star, bytes);
            Memory.copy(address + star + 1, name + star + bytes, behind);
            point(db.lookupRead(key.set(name, total)), found);
        } finally {
            slabs.free(name);
        }
    }

    private void point(long record, Element found) {
        if (record == 0) {
            return;
        }
        if (field < length) {
            if (Record.type(record) == Record.HASH
                    && hash.read(record).find(address + field, length - field, entry)) {
                found.setText(entry.value, entry.valueLength);
            }
        } else if (Record.type(record) == Record.STRING) {
            if (Record.encoding(record) == Record.INT) {
                found.setInteger(Record.number(record));
            } else {
                found.setText(Record.valueAddress(record), Record.valueLength(record));
            }
        }
    }
}
