package io.carnelian.server.commands;

import io.carnelian.server.commands.CommandsFixture.Outcome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Replies are those of redis-server 7.0.15; GeoIT compares many more with it. */
class GeoCommandsTest {
    private static final String WITH_OPTIONS =
            " is not compatible with WITHDIST, WITHHASH and WITHCOORD options";

    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private Outcome run(String... args) {
        return server.run(args);
    }

    private Outcome line(String words) {
        return run(words.split(" "));
    }

    @BeforeEach
    void fill() {
        line("GEOADD s 13.361389 38.115556 Palermo 15.087269 37.502669 Catania")
                .returnsInteger(2)
                .changes(2)
                .propagates("zadd s 3479099956230698 Palermo 3479447370796909 Catania");
    }

    @Test
    void addsAsZaddDoes() {
        line("GEOADD s CH 13.361389 38.115556 Palermo 15.087269 37.5026 Catania")
                .returnsInteger(1)
                .changes(1)
                .propagates("zadd s CH 3479099956230698 Palermo 3479447370796584 Catania");
        line("GEOADD s NX 1 2 Palermo").returnsInteger(0).changesNothing();
        line("GEOADD s XX 1 2 n").returnsInteger(0).changesNothing();
        line("GEOADD none XX 1 2 n").returnsInteger(0).changesNothing();
        line("ZCARD s").returnsInteger(2);
        line("GEOADD s NX XX 1 2 a").fails("ERR syntax error");
        line("GEOADD s 1 2 a 3").fails("ERR syntax error");
        line("GEOADD s NX CH CH").fails("ERR syntax error");
        line("GEOADD s INCR 20 2 a").fails("ERR syntax error");
        line("GEOADD s x 2 a").fails("ERR value is not a valid float");
        line("GEOADD s 1 2 b 200 2 a")
                .fails("ERR invalid longitude,latitude pair 200.000000,2.000000");
        line("GEOADD s 2 86 a").fails("ERR invalid longitude,latitude pair 2.000000,86.000000");
        line("GEOADD s 1e26 1 a")
                .fails(
                        "ERR invalid longitude,latitude pair"
                                + " 100000000000000004764729344.000000,1.000000");
        line("GEOADD s -inf -1e-9 a").fails("ERR invalid longitude,latitude pair -inf,-0.000000");
        line("GEOADD s 0.0000015 -99 a")
                .fails("ERR invalid longitude,latitude pair 0.000002,-99.000000");
        line("SET text x");
        line("GEOADD text 20 2 a")
                .fails("WRONGTYPE Operation against a key holding the wrong kind of value");
    }

    @Test
    void tellsPlacesAndDistances() {
        line("GEODIST s Palermo Catania").returns("166274.1516");
        line("GEODIST s Palermo Catania km").returns("166.2742");
        line("GEODIST s Palermo Catania MI").returns("103.3182");
        line("GEODIST s Palermo Catania x")
                .fails("ERR unsupported unit provided. please use M, KM, FT, MI");
        line("GEODIST s Palermo nope").returnsNull();
        line("GEODIST none a b").returnsNull();
        line("GEODIST s a b m y").fails("ERR syntax error");
        line("GEOPOS s Palermo nope")
                .returns("[[13.36138933897018433, 38.11555639549629859], nil]");
        line("GEOPOS none a").returns("[nil]");
        line("GEOHASH s Palermo nope Catania").returns("[sqc8b49rny0, nil, sqdtr74hyu0]");
        line("ZADD odd -5 neg 1.5 frac inf inf");
        line("GEOPOS odd neg frac inf")
                .returns(
                        "[[180, 85.0511287799999991], [-179.99999731779098511,"
                                + " -85.05112497791824921], [-179.99999731779098511,"
                                + " -85.05112751263942528]]");
        line("GEOHASH odd neg frac inf").returns("[bp05b5048p0, 00bh0hbj210, 00bh0hbj200]");
    }

    @Test
    void searchesAroundPlaces() {
        line("GEORADIUS s 15 37 200 km").returns("[Palermo, Catania]");
        line("GEORADIUS s 15 37 200 km ASC").returns("[Catania, Palermo]");
        line("GEORADIUS s 15 37 200 km COUNT 1").returns("[Catania]");
        line("GEORADIUS s 15 37 200 km COUNT 1 ANY").returns("[Palermo]");
        line("GEORADIUS s 15 37 100 km WITHDIST WITHHASH WITHCOORD")
                .returns(
                        "[[Catania, 56.4413, :3479447370796909, [15.08726745843887329,"
                                + " 37.50266842333162032]]]");
        line("GEOSEARCH s FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHDIST")
                .returns("[[Catania, 56.4413], [Palermo, 190.4424]]");
        line("GEOSEARCH s FROMMEMBER Palermo BYRADIUS 200 km DESC").returns("[Catania, Palermo]");
        line("GEORADIUSBYMEMBER_RO s Palermo 100 km").returns("[Palermo]");
        line("GEORADIUSBYMEMBER none nope x km").returns("[]");
        line("GEORADIUSBYMEMBER s nope 2 km").fails("ERR could not decode requested zset member");
        line("GEORADIUS s 15 37 -1 km").fails("ERR radius cannot be negative");
        line("GEORADIUS s 15 37 x km").fails("ERR need numeric radius");
        line("GEORADIUS s 15 37 200 km COUNT 0").fails("ERR COUNT must be > 0");
        line("GEORADIUS s 15 37 200 km ANY").fails("ERR the ANY argument requires COUNT argument");
        line("geosearch s BYBOX 1 1 km ASC")
                .fails(
                        "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for"
                                + " geosearch");
        line("GEOSEARCH s FROMLONLAT 15 37 ASC DESC")
                .fails("ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH");
        line("GEOSEARCH s FROMLONLAT 15 37 BYBOX -1 1 km")
                .fails("ERR height or width cannot be negative");
        line("GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 1 km BYBOX 1 1 km").fails("ERR syntax error");
    }

    @Test
    void storesWhatItFinds() {
        line("GEORADIUS s 15 37 200 km STORE d")
                .returnsInteger(2)
                .changes(2)
                .propagates("GEORADIUS s 15 37 200 km STORE d");
        line("ZRANGE d 0 -1 WITHSCORES")
                .returns("[Palermo, 3479099956230698, Catania, 3479447370796909]");
        line("GEOSEARCHSTORE d s FROMLONLAT 15 37 BYBOX 400 400 km STOREDIST").returnsInteger(2);
        line("ZRANGE d 0 -1").returns("[Catania, Palermo]");
        line("GEOSEARCHSTORE s s FROMLONLAT 15 37 BYRADIUS 100 km").returnsInteger(1);
        line("ZRANGE s 0 -1").returns("[Catania]");
        line("GEOSEARCHSTORE d s FROMLONLAT 15 37 BYBOX 1 1 m").returnsInteger(0).changes(1);
        line("EXISTS d").returnsInteger(0);
        line("GEOSEARCHSTORE d none FROMLONLAT 15 37 BYBOX 1 1 m")
                .returnsInteger(0)
                .changesNothing();
        line("GEORADIUS s 15 37 200 km STORE d WITHDIST")
                .fails("ERR STORE option in GEORADIUS" + WITH_OPTIONS);
        line("GEOSEARCHSTORE d s FROMLONLAT 15 37 BYBOX 1 1 km WITHDIST")
                .fails("ERR GEOSEARCHSTORE" + WITH_OPTIONS);
        line("GEORADIUS_RO s 15 37 200 km STORE d").fails("ERR syntax error");
    }
}
