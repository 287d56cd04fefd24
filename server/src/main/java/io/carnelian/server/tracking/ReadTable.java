package io.carnelian.server.tracking;

import io.carnelian.server.client.Registrations;
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
    record Name(byte[] bytes) implements Comparable<Name> {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Name name && Arrays.equals(bytes, name.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        /** Names made to collide are still found in logarithmic time. */
        @Override
        public int compareTo(Name other) {
            return Arrays.compare(bytes, other.bytes);
        }

        boolean startsWith(byte[] prefix) {
            return bytes.length >= prefix.length
                    && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
        }
    }

    private static final long[] NOBODY = {};

    /** Memory of a key beside its name, and of one reader more, in bytes. */
    private static final long KEY_BYTES = 100;

    private static final long READER_BYTES = Long.BYTES;

    private final Registrations registrations;

    private final Map<Name, long[]> readers = new HashMap<>();
    private long items;
    private long bytes;

    ReadTable(Registrations registrations) {
        this.registrations = registrations;
    }

    /** Whether there is room for another key, whatever else clients have registered. */
    boolean hasRoom(Name name) {
        return registrations.hasRoom(KEY_BYTES + READER_BYTES + name.bytes.length);
    }

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
        count(READER_BYTES + (ids.length == 0 ? KEY_BYTES + name.bytes.length : 0));
    }

    /** Takes a key's readers out. */
    long[] remove(Name name) {
        long[] ids = readers.remove(name);
        if (ids == null) {
            return NOBODY;
        }
        items -= ids.length;
        count(-(READER_BYTES * ids.length + KEY_BYTES + name.bytes.length));
        return ids;
    }

    void clear() {
        readers.clear();
        items = 0;
        count(-bytes);
    }

    private void count(long change) {
        bytes += change;
        registrations.add(change);
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
