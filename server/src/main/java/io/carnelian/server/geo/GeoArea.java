package io.carnelian.server.geo;

/**
 * Where a search looks: a circle or a rectangle around a place, and the cells of the grid that
 * cover it.
 *
 * <pre>
 *   ┌────┬────┬────┐   the cell of the center and its neighbors, as coarse as is needed so that
 *   │ 6  │ 1  │ 5  │   they cover the area; those that the area does not reach are left out.
 *   ├────┼────┼────┤   A cell is a range of scores. They are searched in this order, in which
 *   │ 4  │ 0  │ 3  │   results stand that nobody wants sorted.
 *   ├────┼────┼────┤
 *   │ 8  │ 2  │ 7  │
 *   └────┴────┴────┘
 * </pre>
 */
final class GeoArea {
    static final int CELLS = 9;
    private static final int[] EAST = {0, 0, 0, 1, -1, 1, -1, 1, -1};
    private static final int[] NORTH = {0, 1, -1, 0, 0, 1, 1, -1, -1};

    /** Half the width of the map in meters. */
    private static final double MERCATOR_MAX = 20037726.37;

    double longitude;
    double latitude;

    /** In the unit; of a circle both are its radius, of a rectangle half its sides. */
    private double halfWidth;

    private double halfHeight;
    private double radius;
    private double unitMeters;
    private boolean circle;

    private double west;
    private double east;
    private double south;
    private double north;
    private int steps;
    private long x;
    private long y;

    /** Where the last place that was looked at lies, in meters from the center. */
    double distance;

    void center(double lon, double lat) {
        longitude = lon;
        latitude = lat;
    }

    void circle(double unitRadius, double unit) {
        circle = true;
        radius = unitRadius;
        halfWidth = unitRadius;
        halfHeight = unitRadius;
        unitMeters = unit;
    }

    void rectangle(double width, double height, double unit) {
        circle = false;
        halfWidth = width / 2;
        halfHeight = height / 2;
        radius = Math.sqrt(halfWidth * halfWidth + halfHeight * halfHeight);
        unitMeters = unit;
    }

    double unitMeters() {
        return unitMeters;
    }

    /** Whether a place lies inside; its distance is noted then. */
    boolean contains(double lon, double lat) {
        if (!circle) {
            if (Globe.distance(lon, lat, longitude, lat) > halfWidth * unitMeters
                    || Globe.distance(lon, lat, lon, latitude) > halfHeight * unitMeters) {
                return false;
            }
            distance = Globe.distance(longitude, latitude, lon, lat);
            return true;
        }
        distance = Globe.distance(longitude, latitude, lon, lat);
        return distance <= radius * unitMeters;
    }

    /** Chooses the grid; to be called before the cells are asked for. */
    void cover() {
        bound();
        steps = estimateSteps(radius * unitMeters);
        locate();
        if (steps > 1 && reachesBeyond()) {
            steps--;
            locate();
        }
    }

    /** Finds the degrees between which the area lies. */
    private void bound() {
        double deltaLat = Globe.degrees(unitMeters * halfHeight / Globe.RADIUS_METERS);
        double width = unitMeters * halfWidth / Globe.RADIUS_METERS;
        // The parallel that is nearer to the pole is the shorter one.
        double widest = latitude < 0 ? latitude - deltaLat : latitude + deltaLat;
        double deltaLon = Globe.degrees(width / Math.cos(Globe.radians(widest)));
        west = longitude - deltaLon;
        east = longitude + deltaLon;
        south = latitude - deltaLat;
        north = latitude + deltaLat;
    }

    private int estimateSteps(double meters) {
        if (meters == 0) {
            return GeoHash.STEPS;
        }
        int estimate = -1;
        for (double reach = meters; reach < MERCATOR_MAX; reach *= 2) {
            estimate++;
        }
        double fromEquator = Math.abs(latitude);
        estimate -= (fromEquator > 66 ? 1 : 0) + (fromEquator > 80 ? 1 : 0);
        return Math.clamp(estimate, 1, GeoHash.STEPS);
    }

    private void locate() {
        x = GeoHash.cell(longitude, GeoHash.MAX_LONGITUDE, steps);
        y = GeoHash.cell(latitude, GeoHash.MAX_LATITUDE, steps);
    }

    /** Whether the cells around end before the area does: it lies at the edge of its cell. */
    private boolean reachesBeyond() {
        return latitudeOf(wrap(y + 1), 1) < north
                || latitudeOf(wrap(y - 1), 0) > south
                || longitudeOf(wrap(x + 1), 1) < east
                || longitudeOf(wrap(x - 1), 0) > west;
    }

    private double latitudeOf(long cell, int side) {
        return GeoHash.border(cell + side, GeoHash.MAX_LATITUDE, steps);
    }

    private double longitudeOf(long cell, int side) {
        return GeoHash.border(cell + side, GeoHash.MAX_LONGITUDE, steps);
    }

    private long wrap(long cell) {
        return cell & ((1L << steps) - 1);
    }

    /** Whether the area reaches into a cell; coarse grids are searched as a whole. */
    boolean reaches(int cell) {
        if (steps < 2) {
            return true;
        }
        return !(NORTH[cell] < 0 && latitudeOf(y, 0) < south)
                && !(NORTH[cell] > 0 && latitudeOf(y, 1) > north)
                && !(EAST[cell] < 0 && longitudeOf(x, 0) < west)
                && !(EAST[cell] > 0 && longitudeOf(x, 1) > east);
    }

    /**
     * The hash of a cell: in a coarse grid several are the same. At the end of the map, at 180
     * degrees, a place lies in a cell beyond the last one, and so does its score: who moves from
     * there gets back to the map.
     */
    long hash(int cell) {
        return GeoHash.join(
                EAST[cell] == 0 ? x : wrap(x + EAST[cell]),
                NORTH[cell] == 0 ? y : wrap(y + NORTH[cell]));
    }

    /** The least score in a cell, or with the next hash the first one behind it. */
    long score(long hash) {
        return hash << (2 * (GeoHash.STEPS - steps));
    }
}
