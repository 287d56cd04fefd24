package io.carnelian.integration.differential;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.RespConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * An endless sequence of random commands out of {@link CommandTable}: the same for the same seed.
 * Most obey their syntax; some are broken on purpose, so that every argument check is reached.
 */
final class CommandGenerator {
    private static final double BROKEN = 0.15;
    private static final long SHORTEST_EXPIRY = 1_000_000;
    private static final Set<String> TAKES_RELATIVE_EXPIRY =
            Set.of("SET", "GETEX", "SETEX", "PSETEX", "EXPIRE", "PEXPIRE");
    private static final Set<String> GREW_IN_7_2 = Set.of("ZRANK", "ZREVRANK");
    private static final Set<String> MAY_SET_EXPIRED = Set.of("SET", "GETEX");

    private final ArgumentSource source;
    private final int totalWeight;

    /** A command to send. */
    record Command(Comparison comparison, List<byte[]> arguments) {
        byte[] encoded() {
            return RespConnection.encode(arguments);
        }

        String name() {
            return text(arguments.getFirst()).toUpperCase(Locale.ROOT);
        }

        boolean mentions(byte[] argument) {
            return arguments.stream().skip(1).anyMatch(each -> text(each).equals(text(argument)));
        }

        @Override
        public String toString() {
            return String.join(" ", arguments.stream().map(Bytes::quote).toList());
        }
    }

    CommandGenerator(long seed) {
        source = new ArgumentSource(new SplittableRandom(seed));
        totalWeight = CommandTable.ROWS.stream().mapToInt(CommandTable.Row::weight).sum();
    }

    ArgumentSource source() {
        return source;
    }

    static Command command(Comparison comparison, String... words) {
        return new Command(comparison, List.of(words).stream().map(Bytes::of).toList());
    }

    Command next() {
        CommandTable.Row row = drawRow();
        List<byte[]> arguments = row.syntax().generate(source);
        if (source.chance(BROKEN) && !mustBeWhole(arguments)) {
            mutate(row, arguments);
            avoidShortExpiry(arguments);
        }
        return new Command(row.comparison(), List.copyOf(arguments));
    }

    /** A command that lets a key expire within 15 ms. */
    Command nextShortExpiry() {
        String key = text(source.next("key"));
        String soon = Integer.toString(source.random().nextInt(1, 15));
        return switch (source.random().nextInt(4)) {
            case 0 -> command(Comparison.EXACT, "SET", key, "soon gone", "PX", soon);
            case 1 -> command(Comparison.EXACT, "PSETEX", key, soon, "soon gone");
            case 2 -> command(Comparison.EXACT, "GETEX", key, "PX", soon);
            default -> command(Comparison.EXACT, "PEXPIRE", key, soon);
        };
    }

    /** A key that must be looked at before its server counts keys again. */
    boolean mayHaveSetExpired(Command command) {
        return command.arguments().size() > 3 && MAY_SET_EXPIRED.contains(command.name());
    }

    /**
     * The order of texts is defined only where all scores are the same, so they stay that; what is
     * left of a HyperLogLog that turns out to be damaged is not defined either; and what took one
     * word more in 7.2 is refused at another moment than in 7.0.
     */
    private static boolean mustBeWhole(List<byte[]> arguments) {
        return GREW_IN_7_2.contains(text(arguments.getFirst()).toUpperCase(Locale.ROOT))
                || (arguments.size() > 1
                        && (List.of(ArgumentSource.TEXTS).contains(text(arguments.get(1)))
                                || List.of(ArgumentSource.SKETCHES)
                                        .contains(text(arguments.get(1)))));
    }

    private CommandTable.Row drawRow() {
        int ticket = source.random().nextInt(totalWeight);
        for (CommandTable.Row row : CommandTable.ROWS) {
            ticket -= row.weight();
            if (ticket < 0) {
                return row;
            }
        }
        throw new AssertionError("weights do not add up");
    }

    private void mutate(CommandTable.Row row, List<byte[]> arguments) {
        int size = arguments.size();
        int at = size == 1 ? 0 : source.random().nextInt(1, size);
        switch (source.random().nextInt(7)) {
            case 0 -> arguments.addAll(row.syntax().generateOptions(source));
            case 1 -> arguments.add(source.hostile());
            case 2 -> arguments.add(source.random().nextInt(1, size + 1), source.hostile());
            case 3 -> {
                if (at > 0) {
                    arguments.remove(at);
                }
            }
            case 4 -> arguments.add(at + 1, arguments.get(Math.max(1, at) % size));
            case 5 -> {
                if (at > 0) {
                    int other = source.random().nextInt(1, size);
                    byte[] moved = arguments.set(at, arguments.get(other));
                    arguments.set(other, moved);
                }
            }
            default -> {
                if (at > 0) {
                    arguments.set(at, source.hostile());
                }
            }
        }
    }

    /**
     * A broken command may have any small number where its expiry stands, and the key would expire
     * at some moment of the run, a different one on each server.
     */
    private static void avoidShortExpiry(List<byte[]> arguments) {
        String name = text(arguments.getFirst()).toUpperCase(Locale.ROOT);
        if (!TAKES_RELATIVE_EXPIRY.contains(name)) {
            return;
        }
        List<byte[]> safe = new ArrayList<>();
        for (byte[] argument : arguments) {
            safe.add(isShort(text(argument)) ? Bytes.of("x" + text(argument)) : argument);
        }
        arguments.clear();
        arguments.addAll(safe);
    }

    private static boolean isShort(String text) {
        if (text.isEmpty() || text.length() > 6 || !text.chars().allMatch(Character::isDigit)) {
            return false;
        }
        long value = Long.parseLong(text);
        return value > 0 && value < SHORTEST_EXPIRY;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
