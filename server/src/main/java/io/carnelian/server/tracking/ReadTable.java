package io.carnelian.server.tracking;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which clients may have a copy of which key: names to ascending client ids. Ids of clients that
 * have gone stay until the key changes, so a disconnection costs nothing. A name stands for the key
 * in every database, as the messages do.
 */
final class ReadTable {
    /** A key's name as a map key. */
    record Name(byte[] bytes) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Name name && Arrays.equals(bytes, name.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        boolean startsWith(byte[] prefix) {
            return bytes.length >= prefix.length
                    && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
        }
    }

    private static final long[] NOBODY = {};

    private final Map<Name, long[]> readers = new HashMap<>();
    private long items;

    void add(Name name, long id) {
        long[] ids = readers.getOrDefault(name, NOBODY);
        int at = Arrays.binarySearch(ids, id);
        if (at >= 0) {
            return;
        }
        int place = -at - 1;
        long[] more = Arrays.copyOf(ids, ids.length + 1);
        System.arraycopy(ids, place, more, place + 1, ids.length - place);
        more[place] = id;
        readers.put(name, more);
        items++;
    }

    /** Takes a key's readers out. */
    long[] remove(Name name) {
        long[] ids = readers.remove(name);
        if (ids == null) {
            return NOBODY;
        }
        items -= ids.length;
        return ids;
    }

    void clear() {
        readers.clear();
        items = 0;
    }

    boolean isEmpty() {
        return readers.isEmpty();
    }

    /** Any of the names. */
    Name any() {
        return readers.keySet().iterator().next();
    }

    int keys() {
        return readers.size();
    }

    /** Pairs of a key and a client. */
    long items() {
        return items;
    }
}
