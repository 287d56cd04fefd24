package io.carnelian.server.geo;

/**
 * Geohashes: longitude and latitude as numbers of up to 26 bits, whose bits are interleaved, so
 * that what is near in the number is mostly near on the globe.
 *
 * <pre>
 *   longitude  -180 … 180        cell x = bits of the longitude, odd places of the hash
 *   latitude   -85.05112878 …    cell y = bits of the latitude, even places
 * </pre>
 *
 * The latitude ends where the map of the Web Mercator projection is a square (EPSG:3857). A score
 * is a hash of 26 bits each, kept as a double. Source:
 * https://redis.io/docs/latest/commands/geoadd/.
 */
final class GeoHash {
    static final double MAX_LONGITUDE = 180;
    static final double MAX_LATITUDE = 85.05112878;

    /** Bits of each coordinate in a score. */
    static final int STEPS = 26;

    private static final long EVEN = 0x5555_5555_5555_5555L;
    private static final double TWO_TO_63 = 0x1p63;
    private static final String ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
    private static final double WHOLE_LATITUDE = 90;

    private GeoHash() {}

    static boolean isOnMap(double longitude, double latitude) {
        return Math.abs(longitude) <= MAX_LONGITUDE && Math.abs(latitude) <= MAX_LATITUDE;
    }

    /** The cell of a coordinate between −{@code most} and {@code most}, with so many bits. */
    static long cell(double degrees, double most, int steps) {
        double part = (degrees + most) / (most - -most);
        return (long) (part * (1L << steps)) & 0xffff_ffffL;
    }

    /** The border of a cell towards the south or west. */
    static double border(long cell, double most, int steps) {
        return -most + cell * 1.0 / (1L << steps) * (most - -most);
    }

    static long join(long x, long y) {
        return spread(y) | (spread(x) << 1);
    }

    static long x(long hash) {
        return gather(hash >>> 1);
    }

    static long y(long hash) {
        return gather(hash);
    }

    /** The score of a place. */
    static long encode(double longitude, double latitude) {
        return join(cell(longitude, MAX_LONGITUDE, STEPS), cell(latitude, MAX_LATITUDE, STEPS));
    }

    static double longitude(double score) {
        return middle(x(bits(score)), MAX_LONGITUDE);
    }

    static double latitude(double score) {
        return middle(y(bits(score)), MAX_LATITUDE);
    }

    private static double middle(long cell, double most) {
        double low = border(cell, most, STEPS);
        double high = border((cell + 1) & 0xffff_ffffL, most, STEPS);
        return Math.clamp((low + high) / 2, -most, most);
    }

    /** Any score as 64 bits, as C converts it: it may have been set by ZADD. */
    static long bits(double score) {
        if (score >= TWO_TO_63) {
            return hardware(score - TWO_TO_63) ^ Long.MIN_VALUE;
        }
        return hardware(score);
    }

    /** What has no place in 64 bits is the least number, as the processor says. */
    private static long hardware(double v) {
        return Math.abs(v) < TWO_TO_63 ? (long) v : Long.MIN_VALUE;
    }

    /**
     * The usual text of a geohash, which is of the whole latitude up to the poles: ten letters of
     * five bits, and an 11th that is always 0.
     */
    static String text(double score) {
        long x = cell(longitude(score), MAX_LONGITUDE, STEPS);
        long y = cell(latitude(score), WHOLE_LATITUDE, STEPS);
        long hash = join(x, y);
        StringBuilder text = new StringBuilder(11);
        for (int shift = 2 * STEPS - 5; shift >= 0; shift -= 5) {
            text.append(ALPHABET.charAt((int) (hash >>> shift) & 31));
        }
        return text.append('0').toString();
    }

    /** Moves 32 bits to the even places. */
    private static long spread(long v) {
        return Long.expand(v, EVEN);
    }

    private static long gather(long v) {
        return Long.compress(v, EVEN);
    }
}
