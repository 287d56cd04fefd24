package io.carnelian.integration.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import io.carnelian.integration.differential.CommandGenerator.Command;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Random commands, some in transactions, to this server and to a stock redis-server: both must tell
 * their replicas the same, effect by effect. Times are equal within ten seconds; deletions in a row
 * may stand in any order, since one command may find several expired keys.
 *
 * <pre>
 *   -Dseed=N                replays a run (the seed is logged and in every failure)
 *   -Deffects.commands=N    how many commands; 3,000 unless said
 * </pre>
 */
class EffectsIT {
    private static final Logger LOG = LoggerFactory.getLogger(EffectsIT.class);
    private static final long SEED =
            Long.getLong("seed", Long.getLong("build.seed", System.nanoTime() & 0xffff_ffffL));
    private static final long COMMANDS = Long.getLong("effects.commands", 3_000);
    private static final int BATCH = 100;
    private static final double TRANSACTION = 0.05;
    private static final long TOLERANCE_MS = 10_000;
    private static final String MARKER = "end of batch";
    private static final String[] LAZY = {
        "lazyfree-lazy-expire", "lazyfree-lazy-server-del", "lazyfree-lazy-user-del"
    };

    private final CommandGenerator generator = new CommandGenerator(SEED);
    private final SplittableRandom random = new SplittableRandom(SEED ^ 0x9E3779B97F4A7C15L);

    @Test
    void bothTellTheirReplicasTheSame() throws IOException, InterruptedException {
        LOG.info("effects test: -Dseed={} -Deffects.commands={}", SEED, COMMANDS);
        String[] options = {
            "--enable-debug-command",
            "yes",
            "--repl-diskless-sync",
            "no",
            "--repl-ping-replica-period",
            "3600"
        };
        try (ServerProcess redis = ServerProcess.redis(options);
                ServerProcess subject = ServerProcess.subject(options);
                RespConnection toRedis = redis.connect();
                RespConnection toSubject = subject.connect();
                EffectStream expected = new EffectStream(redis.port());
                EffectStream actual = new EffectStream(subject.port())) {
            List<RespConnection> both = List.of(toRedis, toSubject);
            for (RespConnection each : both) {
                each.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
            }
            long sent = 0;
            while (sent < COMMANDS) {
                List<Command> batch = batch();
                send(both, batch);
                compare(expected.upTo(MARKER), actual.upTo(MARKER), batch);
                sent += batch.size();
            }
        }
    }

    private List<Command> batch() {
        List<Command> batch = new ArrayList<>();
        String lazy = LAZY[random.nextInt(LAZY.length)];
        String onOrOff = random.nextBoolean() ? "yes" : "no";
        batch.add(CommandGenerator.command(Comparison.EXACT, "CONFIG", "SET", lazy, onOrOff));
        while (batch.size() < BATCH) {
            if (random.nextDouble() < TRANSACTION) {
                batch.add(CommandGenerator.command(Comparison.EXACT, "MULTI"));
                for (int i = random.nextInt(5); i > 0; i--) {
                    add(batch);
                }
                batch.add(CommandGenerator.command(Comparison.EXACT, "EXEC"));
            } else {
                add(batch);
            }
        }
        batch.add(CommandGenerator.command(Comparison.EXACT, "RESET"));
        batch.add(CommandGenerator.command(Comparison.EXACT, "SET", MARKER, ""));
        return batch;
    }

    /** A command, and a look at a key that it may have set expired: both find it now then. */
    private void add(List<Command> batch) {
        Command command = generator.next();
        if (command.comparison() == Comparison.SCAN
                || command.comparison() == Comparison.RANDOM_KEY) {
            return;
        }
        batch.add(command);
        if (generator.mayHaveSetExpired(command)) {
            List<byte[]> look = List.of(Bytes.of("EXISTS"), command.arguments().get(1));
            batch.add(new Command(Comparison.EXACT, look));
        }
    }

    private static void send(List<RespConnection> both, List<Command> batch) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        batch.forEach(command -> bytes.writeBytes(command.encoded()));
        for (RespConnection each : both) {
            each.send(bytes.toByteArray());
        }
        for (Command _ : batch) {
            for (RespConnection each : both) {
                each.readRaw();
            }
        }
    }

    private static void compare(
            List<List<byte[]>> expected, List<List<byte[]>> actual, List<Command> batch) {
        sortDeletions(expected);
        sortDeletions(actual);
        for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
            boolean same =
                    i < expected.size()
                            && i < actual.size()
                            && same(expected.get(i), actual.get(i));
            assertThat(same)
                    .as(
                            "effect %d, -Dseed=%d%n  expected %s%n  got      %s%n  of%n%s",
                            i,
                            SEED,
                            around(expected, i),
                            around(actual, i),
                            batch.stream().map(c -> "    " + c).collect(Collectors.joining("\n")))
                    .isTrue();
        }
    }

    private static boolean same(List<byte[]> a, List<byte[]> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            boolean equal = Arrays.equals(a.get(i), b.get(i));
            if (!equal && !(isTime(a, i) && sameTime(a.get(i), b.get(i)))) {
                return false;
            }
        }
        return true;
    }

    /** PEXPIREAT's, or the one behind PXAT. */
    private static boolean isTime(List<byte[]> effect, int i) {
        return EffectStream.is(effect, "PEXPIREAT")
                ? i == 2
                : i > 0 && text(effect.get(i - 1)).equalsIgnoreCase("PXAT");
    }

    private static boolean sameTime(byte[] a, byte[] b) {
        return Math.abs(Long.parseLong(text(a)) - Long.parseLong(text(b))) < TOLERANCE_MS;
    }

    private static void sortDeletions(List<List<byte[]>> effects) {
        int from = 0;
        for (int i = 0; i <= effects.size(); i++) {
            if (i == effects.size() || !isDeletion(effects.get(i))) {
                effects.subList(from, i).sort(Comparator.comparing(EffectsIT::shown));
                from = i + 1;
            }
        }
    }

    private static boolean isDeletion(List<byte[]> effect) {
        return effect.size() == 2
                && (EffectStream.is(effect, "DEL") || EffectStream.is(effect, "UNLINK"));
    }

    private static String around(List<List<byte[]>> effects, int i) {
        int from = Math.max(0, i - 2);
        int to = Math.min(effects.size(), i + 3);
        return from >= to
                ? "nothing"
                : effects.subList(from, to).stream()
                        .map(EffectsIT::shown)
                        .collect(Collectors.joining(" | "));
    }

    private static String shown(List<byte[]> effect) {
        return effect.stream().map(Bytes::quote).collect(Collectors.joining(" "));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
