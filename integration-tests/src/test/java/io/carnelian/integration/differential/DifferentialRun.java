package io.carnelian.integration.differential;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.differential.CommandGenerator.Command;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Sends the same random commands to two servers, in pipelines of random length that reach the
 * socket in pieces of random length, and compares every reply; at the end the keyspaces.
 *
 * <p>Some commands stand alone, not in a pipeline, since comparing them takes more calls: SCAN (the
 * whole iteration must yield the same keys), RANDOMKEY (the key must exist), and expiries of a few
 * milliseconds, after which both servers are given the time to pass them and then must agree that
 * the key is gone.
 *
 * <p>After a difference both servers are emptied, so that the next one found is not its echo.
 */
final class DifferentialRun {
    private static final int LONGEST_PIPELINE = 40;
    private static final int HISTORY = 20_000;
    private static final int CONTEXT = 30;
    private static final double SHORT_EXPIRY = 0.003;
    private static final long SHORT_EXPIRY_PASSED_MS = 30;
    private static final Set<String> TOUCHES_ALL_KEYS =
            Set.of("SELECT", "SWAPDB", "FLUSHALL", "FLUSHDB", "RESET");

    private final RespConnection expected;
    private final RespConnection actual;
    private final CommandGenerator generator;
    private final int mostDifferences;
    private final Deque<Done> history = new ArrayDeque<>();
    private final List<String> differences = new ArrayList<>();
    private long sent;

    /** A command that was answered, with the expected reply. */
    private record Done(Command command, byte[] reply) {}

    DifferentialRun(
            RespConnection expected, RespConnection actual, long seed, int mostDifferences) {
        this.expected = expected;
        this.actual = actual;
        this.generator = new CommandGenerator(seed);
        this.mostDifferences = mostDifferences;
    }

    /** Runs until so many commands are sent or enough differences are found; returns these. */
    List<String> run(long commands) throws IOException, InterruptedException {
        while (sent < commands && differences.size() < mostDifferences) {
            if (generator.source().chance(SHORT_EXPIRY)) {
                expireSoon(generator.nextShortExpiry());
            } else {
                runPipeline();
            }
        }
        if (differences.isEmpty()) {
            compareKeyspaces();
        }
        return differences;
    }

    private void runPipeline() throws IOException {
        int length = generator.source().random().nextInt(1, LONGEST_PIPELINE + 1);
        List<Command> pipeline = new ArrayList<>();
        while (pipeline.size() < length) {
            Command command = generator.next();
            if (command.comparison() == Comparison.SCAN
                    || command.comparison() == Comparison.RANDOM_KEY) {
                send(pipeline);
                runAlone(command);
                return;
            }
            pipeline.add(command);
            if (generator.mayHaveSetExpired(command)) {
                // A value set with an expiry in the past is counted until somebody looks.
                pipeline.add(
                        new Command(
                                Comparison.EXACT,
                                List.of(Bytes.of("EXISTS"), command.arguments().get(1))));
            }
            if (command.name().startsWith("SORT") && command.arguments().size() > 1) {
                // Reading a packed sorted set so makes it a skiplist in redis-server, for good.
                pipeline.add(
                        new Command(
                                Comparison.EXACT,
                                List.of(Bytes.of("DEL"), command.arguments().get(1))));
            }
        }
        send(pipeline);
    }

    private void send(List<Command> pipeline) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Command command : pipeline) {
            bytes.writeBytes(command.encoded());
        }
        byte[] all = bytes.toByteArray();
        int cut = all.length == 0 ? 0 : generator.source().random().nextInt(all.length);
        for (RespConnection each : List.of(expected, actual)) {
            each.send(all, 0, cut);
            each.send(all, cut, all.length);
        }
        boolean differed = false;
        for (Command command : pipeline) {
            byte[] a = expected.readRaw();
            byte[] b = readActual(command, a);
            remember(command, a);
            if (!differed && !command.comparison().same(a, b)) {
                report(command, a, b);
                differed = true;
            }
        }
        sent += pipeline.size();
        if (differed) {
            startAfresh();
        }
    }

    private void runAlone(Command command) throws IOException {
        byte[] a = call(expected, command);
        byte[] b = readAlone(command, a);
        remember(command, a);
        sent++;
        boolean same;
        if (Reply.parse(a).isError() || Reply.parse(b).isError()) {
            same = Arrays.equals(a, b);
        } else if (command.comparison() == Comparison.SCAN) {
            same = sameScan(command, a, b);
        } else {
            same = sameRandomKey(a, b);
        }
        if (!same) {
            report(command, a, b);
            startAfresh();
        }
    }

    private void expireSoon(Command command) throws IOException, InterruptedException {
        byte[] key = command.arguments().get(1);
        send(List.of(command));
        Thread.sleep(SHORT_EXPIRY_PASSED_MS);
        send(
                List.of(
                        new Command(Comparison.EXACT, List.of(Bytes.of("EXISTS"), key)),
                        CommandGenerator.command(Comparison.EXACT, "DBSIZE")));
    }

    private boolean sameScan(Command command, byte[] a, byte[] b) throws IOException {
        if (!Arrays.equals(command.arguments().get(cursorAt(command)), Bytes.of("0"))) {
            return Reply.parse(a).elements().size() == Reply.parse(b).elements().size();
        }
        return scanToEnd(expected, command, a).equals(scanToEnd(actual, command, b));
    }

    private static int cursorAt(Command command) {
        return command.name().equals("SCAN") ? 1 : 2;
    }

    private static Set<String> scanToEnd(RespConnection connection, Command command, byte[] first)
            throws IOException {
        Set<String> keys = new TreeSet<>();
        Reply page = Reply.parse(first);
        while (true) {
            page.elements().get(1).elements().forEach(key -> keys.add(key.text()));
            String cursor = page.elements().getFirst().text();
            if (cursor.equals("0")) {
                return keys;
            }
            List<byte[]> next = new ArrayList<>(command.arguments());
            next.set(cursorAt(command), Bytes.of(cursor));
            page = Reply.parse(call(connection, new Command(Comparison.SCAN, next)));
        }
    }

    private boolean sameRandomKey(byte[] a, byte[] b) throws IOException {
        Reply key = Reply.parse(b);
        if (key.isNull() || Reply.parse(a).isNull()) {
            return Arrays.equals(a, b);
        }
        Command exists = new Command(Comparison.EXACT, List.of(Bytes.of("EXISTS"), key.bytes()));
        return Reply.parse(call(actual, exists)).integer() == 1;
    }

    private byte[] readAlone(Command command, byte[] a) throws IOException {
        actual.send(command.encoded());
        return readActual(command, a);
    }

    private byte[] readActual(Command command, byte[] a) throws IOException {
        try {
            return actual.readRaw();
        } catch (IOException none) {
            remember(command, a);
            report(command, a, Bytes.of(none.toString()));
            throw new IOException(String.join("\n", differences), none);
        }
    }

    private static byte[] call(RespConnection connection, Command command) throws IOException {
        connection.send(command.encoded());
        return connection.readRaw();
    }

    private void compareKeyspaces() throws IOException {
        expected.call("RESET");
        actual.call("RESET");
        List<String> lines = KeyspaceDump.of(actual).differencesFrom(KeyspaceDump.of(expected));
        if (!lines.isEmpty()) {
            differences.add("The final keyspaces differ:\n  " + String.join("\n  ", lines));
        }
    }

    private void startAfresh() throws IOException {
        for (RespConnection each : List.of(expected, actual)) {
            each.call("RESET");
            each.call("FLUSHALL");
        }
        history.clear();
    }

    private void remember(Command command, byte[] reply) {
        history.add(new Done(command, reply));
        if (history.size() > HISTORY) {
            history.remove();
        }
    }

    private void report(Command command, byte[] a, byte[] b) {
        StringBuilder text = new StringBuilder();
        text.append(String.format("Reply to command %d differs: %s%n", sent, command));
        text.append("  expected ").append(Bytes.quote(a)).append('\n');
        text.append("  got      ").append(Bytes.quote(b)).append('\n');
        text.append("  after, oldest first:\n");
        for (String line : contextOf(command)) {
            text.append("    ").append(line).append('\n');
        }
        differences.add(text.toString());
    }

    /** The last commands that share an argument with this one or concern every key. */
    private List<String> contextOf(Command command) {
        Deque<String> context = new ArrayDeque<>();
        List<byte[]> keys = command.arguments().subList(1, command.arguments().size());
        for (Iterator<Done> back = history.descendingIterator();
                back.hasNext() && context.size() < CONTEXT; ) {
            Done done = back.next();
            if (TOUCHES_ALL_KEYS.contains(done.command().name())
                    || keys.stream().anyMatch(done.command()::mentions)) {
                context.addFirst(done.command() + "  ->  " + Bytes.quote(done.reply()));
            }
        }
        return List.copyOf(context);
    }
}
