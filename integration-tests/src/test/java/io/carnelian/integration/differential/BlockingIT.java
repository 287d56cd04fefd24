package io.carnelian.integration.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several clients of this server and of a stock redis-server do the same, step by step: commands
 * that wait, and what serves them, ends their waiting or does neither. After every step the same
 * clients must wait on both, and those that wait no longer must have read the same; both must have
 * told their replicas the same.
 *
 * <pre>
 *   -Dseed=N              replays a run (the seed is logged and in every failure)
 *   -Dblocking.steps=N    how many steps; 1,500 unless said
 * </pre>
 */
class BlockingIT {
    private static final Logger LOG = LoggerFactory.getLogger(BlockingIT.class);
    private static final long SEED =
            Long.getLong("seed", Long.getLong("build.seed", System.nanoTime() & 0xffff_ffffL));
    private static final long STEPS = Long.getLong("blocking.steps", 1_500);
    private static final int CLIENTS = 5;
    private static final int ROUND = 50;
    private static final String MARKER = "end of round";

    private final BlockingScript script = new BlockingScript(new SplittableRandom(SEED));
    private final SplittableRandom random = new SplittableRandom(SEED ^ 0x9E3779B97F4A7C15L);
    private final List<String> history = new ArrayList<>();

    @Test
    void theSameClientsAreServedTheSame() throws IOException, InterruptedException {
        LOG.info("blocking test: -Dseed={} -Dblocking.steps={}", SEED, STEPS);
        String[] options = {
            "--repl-diskless-sync",
            "no",
            "--repl-timeout",
            "3600",
            "--repl-ping-replica-period",
            "3600"
        };
        try (ServerProcess redis = ServerProcess.redis(options);
                ServerProcess subject = ServerProcess.subject(options);
                BlockingParty expected = new BlockingParty(redis, CLIENTS);
                BlockingParty actual = new BlockingParty(subject, CLIENTS);
                EffectStream expectedEffects = new EffectStream(redis.port());
                EffectStream actualEffects = new EffectStream(subject.port())) {
            for (long step = 0; step < STEPS; step++) {
                step(expected, actual);
                if (step % ROUND == ROUND - 1) {
                    expected.control("SET", MARKER, "");
                    actual.control("SET", MARKER, "");
                    assertThat(shown(actualEffects.upTo(MARKER)))
                            .as(context("effects"))
                            .isEqualTo(shown(expectedEffects.upTo(MARKER)));
                    history.clear();
                }
            }
            assertThat(expected.replies()).as("replies").isGreaterThan(STEPS / 4);
            assertThat(
                            KeyspaceDump.of(actual.control())
                                    .differencesFrom(KeyspaceDump.of(expected.control())))
                    .as(context("final keyspaces"))
                    .isEmpty();
        }
    }

    private void step(BlockingParty expected, BlockingParty actual)
            throws IOException, InterruptedException {
        int waiting = expected.waiting();
        int client = random.nextInt(CLIENTS);
        int kind = random.nextInt(100);
        if (expected.isWaiting(client)) {
            if (kind < 4) {
                history.add("kill " + client);
                expected.kill(client);
                actual.kill(client);
            } else if (kind < 20) {
                String how = kind < 12 ? "TIMEOUT" : "ERROR";
                history.add("unblock " + client + " " + how);
                expected.unblock(client, how);
                actual.unblock(client, how);
            } else {
                return;
            }
        } else if (kind < 40 && waiting < CLIENTS - 1) {
            List<String> command = script.blocking();
            boolean isShort = command.contains(BlockingScript.SHORT);
            send(expected, actual, client, command);
            if (isShort) {
                expected.awaitEnd(client);
                actual.awaitEnd(client);
            }
        } else {
            for (List<String> each : script.other(waiting)) {
                send(expected, actual, client, each);
                compare(expected, actual);
            }
        }
        compare(expected, actual);
    }

    private void send(
            BlockingParty expected, BlockingParty actual, int client, List<String> command)
            throws IOException, InterruptedException {
        history.add(client + ": " + String.join(" ", command));
        expected.send(client, command);
        actual.send(client, command);
    }

    private void compare(BlockingParty expected, BlockingParty actual) throws IOException {
        List<String> wanted = expected.settle();
        List<String> got = actual.settle();
        assertThat(got).as(context("replies")).isEqualTo(wanted);
        wanted.forEach(each -> history.add("    " + each));
    }

    private String context(String what) {
        return what + ", -Dseed=" + SEED + "\n  " + String.join("\n  ", history) + "\n";
    }

    private static String shown(List<List<byte[]>> effects) {
        return effects.stream()
                .map(e -> e.stream().map(Bytes::quote).collect(Collectors.joining(" ")))
                .collect(Collectors.joining("\n"));
    }
}
