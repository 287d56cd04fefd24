package io.carnelian.rdb.format;

import java.io.IOException;

/**
 * Decodes LZF, whatever the length, in a window of fixed size.
 *
 * <pre>
 *   000lllll            l + 1 bytes follow as they are
 *   lllddddd d          l + 2 bytes, l from 1 to 6, that stood d + 1 bytes before
 *   111ddddd n d        n + 9 bytes that stood d + 1 bytes before
 * </pre>
 *
 * A copy reaches back 8 KiB at most, so that much of what was decoded is kept. Source: the
 * description in http://oldhome.schmorp.de/marc/liblzf.html.
 */
final class LzfDecoder {
    private static final int MAX_BACK = 8192;
    private static final int MAX_STEP = 264;
    private static final int WINDOW_BYTES = 32 * 1024;

    private final RdbReader in;
    private final byte[] window = new byte[WINDOW_BYTES];

    /** End of what is decoded, and of what has been handed over. */
    private int at;

    private int handedOver;

    private long left;

    LzfDecoder(RdbReader in) {
        this.in = in;
    }

    /** Decodes so many bytes of the reader, which must give exactly {@code length} bytes. */
    void decode(long compressed, long length, Blob to) throws IOException {
        at = 0;
        handedOver = 0;
        left = compressed;
        long done = 0;
        while (left > 0) {
            int control = take();
            int count;
            if (control < 32) {
                count = control + 1;
                room(count, done + count, length, to);
                if (count > left) {
                    throw in.damaged("compressed string is cut short");
                }
                in.readInto(window, at, count);
                left -= count;
                at += count;
            } else {
                count = control >>> 5;
                count += 2 + (count == 7 ? take() : 0);
                int back = ((control & 31) << 8 | take()) + 1;
                room(count, done + count, length, to);
                if (back > done) {
                    throw in.damaged("compressed string refers to before its beginning");
                }
                copy(back, count);
            }
            done += count;
        }
        if (done != length) {
            throw in.damaged("compressed string has " + done + " bytes of " + length);
        }
        to.put(window, handedOver, at - handedOver);
    }

    private int take() throws IOException {
        if (left-- <= 0) {
            throw in.damaged("compressed string is cut short");
        }
        return in.readByte();
    }

    /** The copy may overlap itself: then it repeats. */
    private void copy(int back, int count) {
        byte[] w = window;
        int to = at;
        if (back >= count) {
            System.arraycopy(w, to - back, w, to, count);
        } else {
            for (int i = to; i < to + count; i++) {
                w[i] = w[i - back];
            }
        }
        at = to + count;
    }

    private void room(int count, long done, long length, Blob to) throws IOException {
        if (done > length) {
            throw in.damaged("compressed string has more than its " + length + " bytes");
        }
        if (at + Math.max(count, MAX_STEP) > window.length) {
            to.put(window, handedOver, at - handedOver);
            int kept = Math.min(at, MAX_BACK);
            System.arraycopy(window, at - kept, window, 0, kept);
            at = kept;
            handedOver = kept;
        }
    }
}
