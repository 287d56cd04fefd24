package io.carnelian.server.geo;

/**
 * Distances on a sphere with the earth's mean radius, by the haversine formula; wrong by up to 0.5
 * % since the earth is none. In meters and degrees.
 */
final class Globe {
    static final double RADIUS_METERS = 6372797.560856;
    private static final double RADIANS = Math.PI / 180;

    private Globe() {}

    static double radians(double degrees) {
        return degrees * RADIANS;
    }

    static double degrees(double radians) {
        return radians / RADIANS;
    }

    static double distance(
            double longitude1, double latitude1, double longitude2, double latitude2) {
        double lat1 = radians(latitude1);
        double lon1 = radians(longitude1);
        double lat2 = radians(latitude2);
        double lon2 = radians(longitude2);
        double u = Math.sin((lat2 - lat1) / 2);
        double v = Math.sin((lon2 - lon1) / 2);
        double a = u * u + Math.cos(lat1) * Math.cos(lat2) * v * v;
        return 2.0 * RADIUS_METERS * Math.asin(Math.sqrt(a));
    }
}
