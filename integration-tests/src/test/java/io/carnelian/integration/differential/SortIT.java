package io.carnelian.integration.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SORT with random options to this server and to a stock redis-server, over lists and sets of
 * numbers and of words, with weights in strings and hashes. {@code -Dseed=N} replays a run, {@code
 * -Dsort.commands=N} makes it longer.
 *
 * <p>What the order of equal elements decides is left out where redis-server has none: LIMIT
 * together with ALPHA and BY, and sets by weights that may be equal.
 */
class SortIT {
    private static final Logger LOG = LoggerFactory.getLogger(SortIT.class);
    private static final long SEED =
            Long.getLong("seed", Long.getLong("build.seed", System.nanoTime() & 0xffff_ffffL));
    private static final long COMMANDS = Long.getLong("sort.commands", 2_000);
    private static final int ELEMENTS = 60;

    private final SplittableRandom random = new SplittableRandom(SEED);

    @Test
    void theSameIsSorted() throws IOException, InterruptedException {
        LOG.info("sort test: -Dseed={} -Dsort.commands={}", SEED, COMMANDS);
        try (ServerProcess redis = ServerProcess.redis();
                ServerProcess subject = ServerProcess.subject();
                RespConnection expected = redis.connect();
                RespConnection actual = subject.connect()) {
            for (long i = 0; i < COMMANDS; i++) {
                if (i % 100 == 0) {
                    for (String[] command : data()) {
                        both(expected, actual, command);
                    }
                }
                both(expected, actual, sort());
                both(expected, actual, "LRANGE", "stored", "0", "-1");
            }
        }
    }

    private void both(RespConnection expected, RespConnection actual, String... command)
            throws IOException {
        expected.send(RespConnection.encode(command));
        actual.send(RespConnection.encode(command));
        assertThat(Bytes.quote(actual.readRaw()))
                .as("%s, -Dseed=%d", String.join(" ", command), SEED)
                .isEqualTo(Bytes.quote(expected.readRaw()));
    }

    private List<String[]> data() {
        List<String[]> commands = new ArrayList<>();
        commands.add(new String[] {"FLUSHALL"});
        for (int i = 0; i < ELEMENTS; i++) {
            String number = number();
            String word = word();
            commands.add(new String[] {"RPUSH", "numbers", number});
            commands.add(new String[] {"RPUSH", "words", word});
            commands.add(new String[] {"SADD", "numberset", number});
            commands.add(new String[] {"SADD", "intset", Integer.toString(random.nextInt(99))});
            commands.add(new String[] {"SADD", "wordset", word});
            commands.add(new String[] {"ZADD", "scored", Integer.toString(i % 9), number});
            String of = random.nextBoolean() ? number : word;
            if (random.nextInt(4) != 0) {
                commands.add(new String[] {"SET", "w_" + of, number()});
                commands.add(new String[] {"HSET", "h_" + word(), "f", number(), "g", word()});
                commands.add(new String[] {"HSET", "h_" + of, "f", number(), "g", word()});
                commands.add(new String[] {"SET", "a" + of + "z", word()});
            }
        }
        commands.add(new String[] {"SET", "text", "x"});
        return commands;
    }

    private String[] sort() {
        String key =
                oneOf(
                        "numbers",
                        "words",
                        "numberset",
                        "intset",
                        "wordset",
                        "scored",
                        "none",
                        "text");
        boolean set = key.endsWith("set") || key.equals("scored");
        boolean alpha = key.startsWith("word") || random.nextBoolean();
        List<String> command = new ArrayList<>(List.of("SORT", key));
        boolean by = !set && random.nextBoolean();
        if (key.equals("scored") && random.nextBoolean()) {
            command.addAll(List.of("BY", "nosort"));
        } else if (by) {
            command.addAll(List.of("BY", pattern()));
        }
        if (alpha) {
            command.add("ALPHA");
        }
        if (random.nextBoolean()) {
            command.add(oneOf("ASC", "DESC", "desc"));
        }
        if (random.nextBoolean() && !(by && alpha)) {
            String offset = Integer.toString(random.nextInt(-3, ELEMENTS + 5));
            command.addAll(List.of("LIMIT", offset, Integer.toString(random.nextInt(-2, 20))));
        }
        while (random.nextInt(3) == 0) {
            command.addAll(List.of("GET", pattern()));
        }
        if (random.nextInt(4) == 0) {
            command.addAll(List.of("STORE", oneOf("stored", "stored", "stored", "text")));
        }
        return command.toArray(new String[0]);
    }

    private String pattern() {
        return oneOf(
                "w_*",
                "w_*",
                "h_*->f",
                "h_*->g",
                "h_*->",
                "h_*",
                "a*z",
                "nosort",
                "#",
                "*",
                "no*",
                "->*",
                "h_*->none");
    }

    private String number() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(-50, 50) + "." + random.nextInt(100);
            case 1 -> random.nextInt(9) + "e" + random.nextInt(-3, 9);
            default -> Integer.toString(random.nextInt(-60, 60));
        };
    }

    private String word() {
        StringBuilder word = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            word.append((char) random.nextInt('A', 'z'));
        }
        return word.append(random.nextInt(9)).toString();
    }

    private String oneOf(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
