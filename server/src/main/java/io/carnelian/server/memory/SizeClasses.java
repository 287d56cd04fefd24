package io.carnelian.server.memory;

/**
 * The record sizes that slabs hand out: about 12.5 % apart, so at most that much of a record is
 * waste (6 % in the mean); half as much from 128 to 512 bytes, where small collections are. All are
 * multiples of 8.
 *
 * <pre>
 *   bytes     16..128  ..256  ..512  ..1024  ..2048  ..4096  ..8192 | ..16K  ..32K  ..64K
 *   step         8        8     16      64     128     256     512  |   1K     2K     4K
 *   slab      ------------------- one 64-KiB page ------------------ | --- 512 KiB = 8 pages ---
 * </pre>
 *
 * <p>One size stands outside the series: 3136 = 64 + 384 * 8, the table's segment. The next regular
 * size would waste a twentieth of the table, and so would a 64-KiB page: it has its own class on
 * 512-KiB slabs (167 of them, 576 bytes left over).
 */
final class SizeClasses {
    /** The biggest size of a record in a slab; anything larger is a run of pages. */
    static final int MAX_SLAB_BYTES = 64 << 10;

    /** Not a class of records: a run of pages for one allocation. */
    static final int LARGE = 126;

    static final int NODE_BYTES = 64 + 384 * 8;

    private static final int FINE_LIMIT_BYTES = 8192;
    private static final int[] BYTES = sizes();

    static final int COUNT = BYTES.length;

    /** Class of a size up to 8 KiB, by eighths; class of a bigger size, by kibibytes. */
    private static final byte[] FINE = table(8, FINE_LIMIT_BYTES);

    private static final byte[] COARSE = table(1024, MAX_SLAB_BYTES);

    private SizeClasses() {}

    /** The class for a record of {@code bytes}, 0 ≤ bytes ≤ {@link #MAX_SLAB_BYTES}. */
    static int of(int bytes) {
        if (bytes <= FINE_LIMIT_BYTES) {
            return FINE[(bytes + 7) >>> 3];
        }
        return COARSE[(bytes + 1023) >>> 10];
    }

    static int bytes(int sizeClass) {
        return BYTES[sizeClass];
    }

    /** Pages of one slab of this class: 1 or 8. */
    static int slabPages(int sizeClass) {
        int bytes = BYTES[sizeClass];
        return bytes > FINE_LIMIT_BYTES || bytes == NODE_BYTES ? 8 : 1;
    }

    private static int[] sizes() {
        int[] sizes = new int[LARGE];
        int n = 0;
        int bytes = 16;
        for (int limit = 128; limit <= MAX_SLAB_BYTES; limit *= 2) {
            int step = stepTo(limit);
            for (; bytes <= limit; bytes += step) {
                sizes[n++] = bytes;
                if (bytes == 3072) {
                    sizes[n++] = NODE_BYTES;
                }
            }
            bytes = limit + stepTo(2 * limit);
        }
        return java.util.Arrays.copyOf(sizes, n);
    }

    /** The distance of the sizes in the last doubling before a limit. */
    private static int stepTo(int limit) {
        int eighth = limit / 16;
        return limit == 256 || limit == 512 ? eighth / 2 : eighth;
    }

    private static byte[] table(int granuleBytes, int limitBytes) {
        byte[] classes = new byte[limitBytes / granuleBytes + 1];
        int c = 0;
        for (int i = 0; i < classes.length; i++) {
            while (BYTES[c] < i * granuleBytes) {
                c++;
            }
            classes[i] = (byte) c;
        }
        return classes;
    }
}
