package io.carnelian.rdb.format;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Compresses a string with LZF; see {@link LzfDecoder} for the format. Three bytes are looked up in
 * a table of the places where they may have stood before; the longest continuation of that one
 * place is taken.
 *
 * <p>The hash, and which places are put into the table (every byte that is copied as it is; of a
 * repetition only its last two), are those of LibLZF as redis-server builds it: so the same string
 * compresses to the same bytes, and payloads of DUMP can be compared. Places are kept relative to a
 * base that moves on with every string: the table is cleared once in 2 GiB only.
 *
 * <p>A long string is looked at through a window, and its compressed form leaves in parts:
 *
 * <pre>
 *   string   ............│ 8 KiB back │ at → ... 264 ahead │........
 *   from                 └ start                           └ slide here
 *   to                   sent already │ literals so far │ out
 * </pre>
 *
 * Its head tells how long the compressed form is, so that is counted in a first run, which leaves
 * the same places behind as none.
 */
final class LzfEncoder {
    private static final int TABLE_BITS = 16;
    private static final int MAX_BACK = 8192;
    private static final int MAX_COPY = 264;
    private static final int MAX_LITERALS = 32;

    /** So many bytes of a repetition are compared before its greatest length is looked at. */
    private static final int UNBOUNDED_STEPS = 16;

    private static final int WINDOW_BYTES = 256 * 1024;

    /** Bytes ahead that one step may look at. */
    private static final int AHEAD = MAX_COPY + 8;

    /** Room for a window's worth of literals, each 32 with a head. */
    private static final int PART_BYTES = WINDOW_BYTES + WINDOW_BYTES / MAX_LITERALS + 1024;

    private static final Part NOBODY = (bytes, count) -> {};

    /** Takes a part of the compressed form. */
    interface Part {
        void accept(byte[] bytes, int count) throws IOException;
    }

    private final int[] places = new int[1 << TABLE_BITS];
    private int base = 1;

    private byte[] from = new byte[0];
    private byte[] to = new byte[0];
    private int out;
    private int literals;

    /** Where in the string {@code from} begins, and at which place it must move on. */
    private int start;

    private int slideAt;
    private int filled;

    /** Where in the result {@code to} begins. */
    private int sent;

    private byte[] window = new byte[0];
    private byte[] part = new byte[0];
    private RawBytes memory = (at, into, offset, count) -> {};
    private long address;
    private Part receiver = NOBODY;

    /**
     * Compresses a string of any length that lives at an address.
     *
     * @param room bytes that the result may have
     * @param to who gets the result; null to count only
     * @return bytes of the result, or 0 if it has no room, of which the receiver may have got some
     */
    int compress(RawBytes source, long at, int length, int room, @Nullable Part to)
            throws IOException {
        if (window.length == 0) {
            window = new byte[WINDOW_BYTES];
            part = new byte[PART_BYTES];
        }
        memory = source;
        address = at;
        receiver = to == null ? NOBODY : to;
        start = 0;
        filled = 0;
        begin(window, part, length);
        slide(0, length);
        int written = run(length, room);
        if (written > 0) {
            send(0);
        }
        base += length;
        return written;
    }

    /** Moves the window on, and sends what is compressed but for the literals without a head. */
    private void slide(int at, int length) throws IOException {
        int keep = Math.max(start, at - MAX_BACK);
        System.arraycopy(from, keep - start, from, 0, filled - keep);
        start = keep;
        int more = Math.min(length - filled, from.length - (filled - start));
        memory.copyOut(address + filled, from, filled - start, more);
        filled += more;
        slideAt = filled == length ? Integer.MAX_VALUE : filled - AHEAD;
        if (at > 0) {
            send(literals + 1);
        }
    }

    private void send(int keep) throws IOException {
        int count = out - sent - keep;
        receiver.accept(to, count);
        System.arraycopy(to, count, to, 0, keep);
        sent += count;
    }

    private void begin(byte[] source, byte[] target, int length) {
        if (base > Integer.MAX_VALUE - length - 1) {
            Arrays.fill(places, 0);
            base = 1;
        }
        from = source;
        to = target;
        out = 1;
        literals = 0;
        sent = 0;
    }

    /**
     * Compresses {@code length} bytes.
     *
     * @param room bytes that the result may have
     * @return bytes of the result, or 0 if it has no room
     */
    int compress(byte[] source, int length, byte[] target, int room) throws IOException {
        if (length == 0 || room <= 0) {
            return 0;
        }
        begin(source, target, length);
        start = 0;
        slideAt = Integer.MAX_VALUE;
        int written = run(length, room);
        base += length;
        return written;
    }

    private int run(int length, int room) throws IOException {
        int at = 0;
        int last = length - 2;
        int hash = length > 1 ? pair(0) : 0;
        while (at < last) {
            if (at >= slideAt) {
                slide(at, length);
            }
            hash = hash << 8 | byteAt(at + 2);
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
                hash = hash << 8 | byteAt(at);
                var _ = exchange(hash, at - 2);
                hash = hash << 8 | byteAt(at + 1);
                var _ = exchange(hash, at - 1);
            } else {
                if (out >= room) {
                    return 0;
                }
                literal(byteAt(at++));
            }
        }
        if (out + 3 > room) {
            return 0;
        }
        while (at < length) {
            literal(byteAt(at++));
        }
        endLiterals();
        return out;
    }

    private int byteAt(int at) {
        return from[at - start] & 0xFF;
    }

    private int pair(int at) {
        return byteAt(at) << 8 | byteAt(at + 1);
    }

    /** Notes a place; returns the last one of the same hash, 0 or less if there is none. */
    private int exchange(int hash, int at) {
        int slot = ((hash >>> (24 - TABLE_BITS)) - hash * 5) & ((1 << TABLE_BITS) - 1);
        int place = places[slot] - base;
        places[slot] = base + at;
        return place;
    }

    private boolean same3(int placeA, int placeB) {
        int a = placeA - start;
        int b = placeB - start;
        return from[a] == from[b] && from[a + 1] == from[b + 1] && from[a + 2] == from[b + 2];
    }

    /** Bytes that are equal at two places, of which three are. */
    private int matching(int placeA, int placeB, int length) {
        int most = Math.min(length - placeB - 2, MAX_COPY);
        int place = placeA - start;
        int at = placeB - start;
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

    private void literal(int b) {
        to[out++ - sent] = (byte) b;
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
            to[out - sent - literals - 1] = (byte) (literals - 1);
        }
    }

    private void writeCopy(int back, int count) {
        if (count < 7) {
            to[out++ - sent] = (byte) ((back >> 8) + (count << 5));
        } else {
            to[out++ - sent] = (byte) ((back >> 8) + (7 << 5));
            to[out++ - sent] = (byte) (count - 7);
        }
        to[out++ - sent] = (byte) back;
        out++;
        literals = 0;
    }
}
