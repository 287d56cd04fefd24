package io.carnelian.server.geo;

import io.carnelian.server.command.Call;
import io.carnelian.server.resp.Doubles;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** Units of length, coordinates and lengths in the words of a command. */
final class GeoUnit {
    private static final ErrorReply UNSUPPORTED =
            ErrorReply.of("ERR unsupported unit provided. please use M, KM, FT, MI");
    private static final Token[] UNITS = {
        Token.of("M"), Token.of("KM"), Token.of("FT"), Token.of("MI")
    };
    private static final int DECIMALS = 6;
    private static final double[] METERS = {1, 1000, 0.3048, 1609.34};

    private GeoUnit() {}

    /** The meters of the unit at an argument. */
    static double meters(Call call, int i) {
        for (int k = 0; k < UNITS.length; k++) {
            if (call.is(i, UNITS[k])) {
                return METERS[k];
            }
        }
        throw UNSUPPORTED.error();
    }

    /** A number that is no NaN, or the error. */
    static double number(Call call, int i, ErrorReply otherwise) {
        double v = Doubles.parse(call.address(i), call.length(i));
        if (Double.isNaN(v)) {
            throw otherwise.error();
        }
        return v;
    }

    /** Checks the longitude at an argument and the latitude behind it. */
    static void checkPlace(Call call, int i) {
        double longitude = longitude(call, i);
        double latitude = latitude(call, i);
        if (!GeoHash.isOnMap(longitude, latitude)) {
            String pair = exact(longitude) + "," + exact(latitude);
            throw ErrorReply.of("ERR invalid longitude,latitude pair " + pair).error();
        }
    }

    /** As C's {@code %f}: every digit of the binary number, where Java's ends with zeros. */
    private static String exact(double v) {
        boolean negative = Double.doubleToRawLongBits(v) < 0;
        String digits =
                Double.isInfinite(v)
                        ? "inf"
                        : new BigDecimal(Math.abs(v))
                                .setScale(DECIMALS, RoundingMode.HALF_EVEN)
                                .toPlainString();
        return negative ? "-" + digits : digits;
    }

    static double longitude(Call call, int i) {
        return number(call, i, Errors.NOT_FLOAT);
    }

    static double latitude(Call call, int i) {
        return number(call, i + 1, Errors.NOT_FLOAT);
    }
}
