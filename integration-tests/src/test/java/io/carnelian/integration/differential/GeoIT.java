package io.carnelian.integration.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Random places and searches on this server and on a stock redis-server: every reply must be equal,
 * byte for byte, also the order of what nobody wanted sorted. No two places are the same, since
 * COUNT chooses among equally distant ones in no particular order. Only stored distances may differ
 * in the last bits, where the two libraries round sines otherwise. {@code -Dseed=N} replays a run,
 * {@code -Dgeo.commands=N} makes it longer.
 */
class GeoIT {
    private static final Logger LOG = LoggerFactory.getLogger(GeoIT.class);
    private static final long SEED =
            Long.getLong("seed", Long.getLong("build.seed", System.nanoTime() & 0xffff_ffffL));
    private static final long COMMANDS = Long.getLong("geo.commands", 3_000);
    private static final int PLACES = 300;
    private static final double LATITUDES = 85.05112878;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private double centerLongitude;
    private double centerLatitude;
    private double spread;

    @Test
    void everyReplyIsEqual() throws IOException, InterruptedException {
        LOG.info("geo test: -Dseed={} -Dgeo.commands={}", SEED, COMMANDS);
        try (ServerProcess redis = ServerProcess.redis();
                ServerProcess subject = ServerProcess.subject();
                RespConnection expected = redis.connect();
                RespConnection actual = subject.connect()) {
            for (long i = 0; i < COMMANDS; i++) {
                if (i % 100 == 0) {
                    begin(expected, actual);
                }
                List<String> command = command();
                both(expected, actual, command);
                if (command.contains("stored")) {
                    compareStored(expected, actual);
                }
            }
        }
    }

    private void compareStored(RespConnection expected, RespConnection actual) throws IOException {
        String[] command = {"ZRANGE", "stored", "0", "-1", "WITHSCORES"};
        List<Reply> wanted = expected.call(command).elements();
        List<Reply> got = actual.call(command).elements();
        assertThat(got).as("stored, -Dseed=%d", SEED).hasSameSizeAs(wanted);
        for (int i = 0; i < wanted.size(); i += 2) {
            assertThat(got.get(i).text()).isEqualTo(wanted.get(i).text());
            double score = Double.parseDouble(wanted.get(i + 1).text());
            boolean distance = score != Math.rint(score);
            assertThat(Double.parseDouble(got.get(i + 1).text()))
                    .as("score of %s, -Dseed=%d", wanted.get(i).text(), SEED)
                    .isCloseTo(score, within(distance ? 64 * Math.ulp(score) : 0));
        }
    }

    private void begin(RespConnection expected, RespConnection actual) throws IOException {
        both(expected, actual, List.of("FLUSHALL"));
        // Not so near that two have the same score: redis-server sorts equal distances by chance.
        spread = oneOf("all", "near", "far").equals("all") ? 180 : Math.pow(10, -random.nextInt(2));
        centerLongitude = random.nextDouble(-180, 180);
        centerLatitude = random.nextDouble(-LATITUDES, LATITUDES);
        for (int i = 0; i < PLACES; i++) {
            both(expected, actual, List.of("GEOADD", "places", longitude(), latitude(), "p" + i));
        }
        both(expected, actual, List.of("ZADD", "places", "1.5", "odd", "-7", "negative"));
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        switch (random.nextInt(12)) {
            case 0 -> command.addAll(List.of("GEOPOS", "places", place(), place()));
            case 1 -> command.addAll(List.of("GEOHASH", "places", place(), place()));
            case 2, 3 -> command.addAll(List.of("GEODIST", "places", place(), place(), unit()));
            case 4 -> {
                command.addAll(List.of("GEORADIUS", "places", longitude(), latitude()));
                command.addAll(List.of(distance(), unit()));
                addOptions(command, "STORE", "STOREDIST");
            }
            case 5 -> {
                command.addAll(List.of("GEORADIUSBYMEMBER", "places", place(), distance(), unit()));
                addOptions(command, "STORE", "STOREDIST");
            }
            case 6, 7 -> {
                command.addAll(List.of("GEOSEARCHSTORE", "stored", "places"));
                addArea(command);
                addCount(command);
                if (random.nextBoolean()) {
                    command.add("STOREDIST");
                }
            }
            default -> {
                command.addAll(List.of("GEOSEARCH", "places"));
                addArea(command);
                addOptions(command);
            }
        }
        return command;
    }

    private void addArea(List<String> command) {
        if (random.nextBoolean()) {
            command.addAll(List.of("FROMLONLAT", longitude(), latitude()));
        } else {
            command.addAll(List.of("FROMMEMBER", place()));
        }
        if (random.nextBoolean()) {
            command.addAll(List.of("BYRADIUS", distance(), unit()));
        } else {
            command.addAll(List.of("BYBOX", distance(), distance(), unit()));
        }
    }

    private void addOptions(List<String> command, String... stores) {
        addCount(command);
        if (stores.length > 0 && random.nextInt(4) == 0) {
            command.addAll(List.of(oneOf(stores), "stored"));
            return;
        }
        for (String option : new String[] {"WITHDIST", "WITHHASH", "WITHCOORD"}) {
            if (random.nextBoolean()) {
                command.add(option);
            }
        }
    }

    private void addCount(List<String> command) {
        if (random.nextInt(3) == 0) {
            command.add(oneOf("ASC", "DESC"));
        }
        if (random.nextInt(3) == 0) {
            command.addAll(List.of("COUNT", Integer.toString(random.nextInt(1, 20))));
            if (random.nextBoolean()) {
                command.add("ANY");
            }
        }
    }

    private void both(RespConnection expected, RespConnection actual, List<String> command)
            throws IOException {
        byte[] bytes = RespConnection.encode(command.toArray(new String[0]));
        expected.send(bytes);
        actual.send(bytes);
        assertThat(Bytes.quote(actual.readRaw()))
                .as("%s, -Dseed=%d", String.join(" ", command), SEED)
                .isEqualTo(Bytes.quote(expected.readRaw()));
    }

    private String longitude() {
        double near = centerLongitude + random.nextDouble(-spread, spread);
        return text(Math.abs(near) <= 180 ? near : random.nextDouble(-180, 180));
    }

    private String latitude() {
        double near = centerLatitude + random.nextDouble(-spread, spread) / 2;
        boolean onMap = Math.abs(near) <= LATITUDES;
        return text(onMap ? near : random.nextDouble(-LATITUDES, LATITUDES));
    }

    private String distance() {
        double meters = spread * 111_000 * random.nextDouble();
        return oneOf(text(meters), text(meters / 1000), text(meters / 100), "0", "20000000");
    }

    private static String text(double v) {
        return String.format(Locale.ROOT, "%.9f", v);
    }

    private String place() {
        return random.nextInt(30) == 0
                ? oneOf("odd", "negative", "nowhere")
                : "p" + random.nextInt(PLACES);
    }

    private String unit() {
        return oneOf("m", "km", "ft", "mi");
    }

    private String oneOf(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
