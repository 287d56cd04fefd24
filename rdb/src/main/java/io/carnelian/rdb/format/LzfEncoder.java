package io.carnelian.rdb.format;

import java.util.Arrays;

/**
 * Compresses a string with LZF; see {@link LzfDecoder} for the format. Three bytes are looked up in
 * a table of the places where they may have stood before; the longest continuation of that one
 * place is taken.
 *
 * <p>The hash, and which places are put into the table (every byte that is copied as it is; of a
 * repetition only its last two), are those of LibLZF as redis-server builds it: so the same string
 * compresses to the same bytes, and payloads of DUMP can be compared. Places are kept relative to a
 * base that moves on with every string: the table is cleared once in 2 GiB only.
 */
final class LzfEncoder {
    private static final int TABLE_BITS = 16;
    private static final int MAX_BACK = 8192;
    private static final int MAX_COPY = 264;
    private static final int MAX_LITERALS = 32;

    /** So many bytes of a repetition are compared before its greatest length is looked at. */
    private static final int UNBOUNDED_STEPS = 16;

    private final int[] places = new int[1 << TABLE_BITS];
    private int base = 1;

    private byte[] from = new byte[0];
    private byte[] to = new byte[0];
    private int out;
    private int literals;

    /**
     * Compresses {@code length} bytes.
     *
     * @param room bytes that the result may have
     * @return bytes of the result, or 0 if it has no room
     */
    int compress(byte[] source, int length, byte[] target, int room) {
        if (length == 0 || room <= 0) {
            return 0;
        }
        if (base > Integer.MAX_VALUE - length - 1) {
            Arrays.fill(places, 0);
            base = 1;
        }
        from = source;
        to = target;
        out = 1;
        literals = 0;
        int written = run(length, room);
        base += length;
        return written;
    }

    private int run(int length, int room) {
        int at = 0;
        int last = length - 2;
        int hash = length > 1 ? pair(0) : 0;
        while (at < last) {
            hash = hash << 8 | (from[at + 2] & 0xFF);
            int place = exchange(hash, at);
            int back = at - place - 1;
            if (place > 0 && back >= 0 && back < MAX_BACK && same3(place, at)) {
                if (out + 4 >= room && out - (literals == 0 ? 1 : 0) + 4 >= room) {
                    return 0;
                }
                endLiterals();
                int count = matching(place, at, length);
                writeCopy(back, count - 2);
                at += count;
                if (at >= last) {
                    break;
                }
                hash = pair(at - 2);
                hash = hash << 8 | (from[at] & 0xFF);
                var _ = exchange(hash, at - 2);
                hash = hash << 8 | (from[at + 1] & 0xFF);
                var _ = exchange(hash, at - 1);
            } else {
                if (out >= room) {
                    return 0;
                }
                literal(from[at++]);
            }
        }
        if (out + 3 > room) {
            return 0;
        }
        while (at < length) {
            literal(from[at++]);
        }
        endLiterals();
        return out;
    }

    private int pair(int at) {
        return (from[at] & 0xFF) << 8 | (from[at + 1] & 0xFF);
    }

    /** Notes a place; returns the last one of the same hash, 0 or less if there is none. */
    private int exchange(int hash, int at) {
        int slot = ((hash >>> (24 - TABLE_BITS)) - hash * 5) & ((1 << TABLE_BITS) - 1);
        int place = places[slot] - base;
        places[slot] = base + at;
        return place;
    }

    private boolean same3(int a, int b) {
        return from[a] == from[b] && from[a + 1] == from[b + 1] && from[a + 2] == from[b + 2];
    }

    /** Bytes that are equal at two places, of which three are. */
    private int matching(int place, int at, int length) {
        int most = Math.min(length - at - 2, MAX_COPY);
        int count = 2;
        if (most > UNBOUNDED_STEPS) {
            for (int i = 0; i < UNBOUNDED_STEPS; i++) {
                count++;
                if (from[place + count] != from[at + count]) {
                    return count;
                }
            }
        }
        do {
            count++;
        } while (count < most && from[place + count] == from[at + count]);
        return count;
    }

    private void literal(byte b) {
        to[out++] = b;
        if (++literals == MAX_LITERALS) {
            endLiterals();
            out++;
            literals = 0;
        }
    }

    /** Writes the head of the literals so far, or takes back the room for it if there are none. */
    private void endLiterals() {
        if (literals == 0) {
            out--;
        } else {
            to[out - literals - 1] = (byte) (literals - 1);
        }
    }

    private void writeCopy(int back, int count) {
        if (count < 7) {
            to[out++] = (byte) ((back >> 8) + (count << 5));
        } else {
            to[out++] = (byte) ((back >> 8) + (7 << 5));
            to[out++] = (byte) (count - 7);
        }
        to[out++] = (byte) back;
        out++;
        literals = 0;
    }
}
