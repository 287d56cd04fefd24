package io.carnelian.server.resp;

import io.carnelian.server.memory.Memory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A glob pattern, as KEYS, SCAN, PSUBSCRIBE and CONFIG GET take it.
 *
 * <pre>
 *   *       any bytes, none included      [ab]   a or b
 *   ?       any one byte                  [a-z]  a to z, also written [z-a]
 *   \x      x itself                      [^a]   any byte but a
 * </pre>
 *
 * Redis's corner cases are kept: a class that is not closed ends with the pattern, {@code []}
 * matches nothing, a backslash at the end is itself, and nothing but the empty pattern matches the
 * empty string (KEYS and SCAN take a lone star for "no pattern" before they come here).
 *
 * <p>The pattern is compiled into a list of single-byte steps and stars. Only the last star met
 * ever has to be tried again further right: whatever an earlier one could reach, it can too. So a
 * match costs at most pattern × text, where the textbook recursion needs exponential time on {@code
 * a*a*a*…b}.
 *
 * <p>Source: https://redis.io/docs/latest/commands/keys/; the corner cases were asked of
 * redis-server 7.0.15.
 */
public final class Glob {
    private static final int STAR = -1;
    private static final int ANY = -2;
    private static final int CLASS = -3;

    /** A byte to equal, or STAR, ANY, or CLASS − n for class n. */
    private final int[] steps;

    /** Four words of bits for each class. */
    private final long[] classes;

    private final boolean ignoreCase;

    private Glob(int[] steps, long[] classes, boolean ignoreCase) {
        this.steps = steps;
        this.classes = classes;
        this.ignoreCase = ignoreCase;
    }

    public static Glob of(byte[] pattern) {
        return new Compiler(pattern, false).compile();
    }

    /** A–Z and a–z are equal, in the pattern and in what it is matched with. */
    public static Glob ignoringCase(byte[] pattern) {
        return new Compiler(pattern, true).compile();
    }

    /** Whether the pattern is stars only: it matches everything but the empty string. */
    public boolean isStar() {
        for (int step : steps) {
            if (step != STAR) {
                return false;
            }
        }
        return steps.length > 0;
    }

    public boolean matches(long address, int length) {
        return matches(null, address, length);
    }

    public boolean matches(byte[] text) {
        return matches(text, 0, text.length);
    }

    private boolean matches(byte @Nullable [] text, long address, int length) {
        if (length == 0) {
            return steps.length == 0;
        }
        int step = 0;
        int at = 0;
        int starStep = -1;
        int starAt = 0;
        while (at < length) {
            if (step < steps.length && steps[step] == STAR) {
                starStep = step++;
                starAt = at;
            } else if (step < steps.length && accepts(steps[step], byteAt(text, address, at))) {
                step++;
                at++;
            } else if (starStep >= 0) {
                step = starStep + 1;
                at = ++starAt;
            } else {
                return false;
            }
        }
        while (step < steps.length && steps[step] == STAR) {
            step++;
        }
        return step == steps.length;
    }

    private int byteAt(byte @Nullable [] text, long address, int at) {
        int b = (text != null ? text[at] : Memory.getByte(address + at)) & 0xFF;
        return ignoreCase ? lower(b) : b;
    }

    private boolean accepts(int step, int b) {
        if (step >= 0) {
            return step == b;
        }
        if (step == ANY) {
            return true;
        }
        return (classes[4 * (CLASS - step) + (b >>> 6)] >>> b & 1) != 0;
    }

    private static int lower(int b) {
        return b >= 'A' && b <= 'Z' ? b + 32 : b;
    }

    /** Reads a pattern once, from left to right. */
    private static final class Compiler {
        private final byte[] pattern;
        private final boolean ignoreCase;
        private final int[] steps;
        private int stepCount;
        private long[] classes = new long[0];
        private int at;

        Compiler(byte[] pattern, boolean ignoreCase) {
            this.pattern = pattern;
            this.ignoreCase = ignoreCase;
            this.steps = new int[pattern.length];
        }

        Glob compile() {
            while (at < pattern.length) {
                int b = pattern[at++] & 0xFF;
                switch (b) {
                    case '*' -> star();
                    case '?' -> steps[stepCount++] = ANY;
                    case '[' -> charClass();
                    case '\\' -> literal(at < pattern.length ? pattern[at++] & 0xFF : b);
                    default -> literal(b);
                }
            }
            return new Glob(Arrays.copyOf(steps, stepCount), classes, ignoreCase);
        }

        private void literal(int b) {
            steps[stepCount++] = ignoreCase ? lower(b) : b;
        }

        private void star() {
            if (stepCount == 0 || steps[stepCount - 1] != STAR) {
                steps[stepCount++] = STAR;
            }
        }

        /**
         * From behind the opening bracket to behind the closing one, or to the end when there is
         * none.
         */
        private void charClass() {
            int base = classes.length;
            classes = Arrays.copyOf(classes, base + 4);
            boolean negated = at < pattern.length && pattern[at] == '^';
            if (negated) {
                at++;
            }
            while (at < pattern.length && pattern[at] != ']') {
                int left = pattern.length - at;
                if (pattern[at] == '\\' && left >= 2) {
                    include(base, pattern[at + 1] & 0xFF, pattern[at + 1] & 0xFF);
                    at += 2;
                } else if (left >= 3 && pattern[at + 1] == '-') {
                    include(base, pattern[at] & 0xFF, pattern[at + 2] & 0xFF);
                    at += 3;
                } else {
                    include(base, pattern[at] & 0xFF, pattern[at] & 0xFF);
                    at++;
                }
            }
            at++;
            if (negated) {
                for (int i = base; i < base + 4; i++) {
                    classes[i] = ~classes[i];
                }
            }
            steps[stepCount++] = CLASS - base / 4;
        }

        /**
         * A range is turned round before its ends are folded, so {@code [_-S]} has none without
         * case.
         */
        private void include(int base, int a, int b) {
            int from = ignoreCase ? lower(Math.min(a, b)) : Math.min(a, b);
            int to = ignoreCase ? lower(Math.max(a, b)) : Math.max(a, b);
            for (int i = from; i <= to; i++) {
                classes[base + (i >>> 6)] |= 1L << i;
            }
        }
    }
}
