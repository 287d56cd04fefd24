package io.carnelian.server.geo;

import io.carnelian.server.resp.LongDouble;
import io.carnelian.server.resp.Reply;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** Distances and coordinates in replies. */
final class GeoText {
    private GeoText() {}

    /** With four digits behind the point; a bulk string in every protocol. */
    static void distance(Reply reply, double meters) {
        reply.bulk(new BigDecimal(meters).setScale(4, RoundingMode.HALF_EVEN).toPlainString());
    }

    /** Longitude and latitude, each with up to 17 digits behind the point. */
    static void place(Reply reply, double score) {
        reply.array(2);
        reply.doubleText(LongDouble.of(GeoHash.longitude(score)).toText());
        reply.doubleText(LongDouble.of(GeoHash.latitude(score)).toText());
    }
}
