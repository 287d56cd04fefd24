package io.carnelian.aof.log;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The words of a line, with Redis's quotes.
 *
 * <pre>
 *   plain          up to a blank
 *   "a b\n\x07"    with escapes        'it\'s'   with one escape
 * </pre>
 *
 * Behind a closing quote a blank or the end has to come. Names are UTF-8; bytes that no file name
 * of ours has become the replacement character.
 */
final class ManifestWords {
    private final byte[] line;
    private final int to;
    private final ByteArrayOutputStream word = new ByteArrayOutputStream();
    private int at;

    private ManifestWords(byte[] line, int from, int to) {
        this.line = line;
        this.at = from;
        this.to = to;
    }

    /** The words between {@code from} and {@code to}; null if a quote is not closed. */
    static @Nullable List<String> split(byte[] line, int from, int to) {
        return new ManifestWords(line, from, to).all();
    }

    /** A file name as the manifest has it: in quotes if it has blanks or what can't be printed. */
    static void put(StringBuilder to, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (isPlain(bytes)) {
            to.append(name);
            return;
        }
        to.append('"');
        for (byte b : bytes) {
            switch (b) {
                case '\\', '"' -> to.append('\\').append((char) b);
                case '\n' -> to.append("\\n");
                case '\r' -> to.append("\\r");
                case '\t' -> to.append("\\t");
                case 7 -> to.append("\\a");
                case '\b' -> to.append("\\b");
                default -> {
                    if (b >= ' ' && b < 127) {
                        to.append((char) b);
                    } else {
                        to.append("\\x%02x".formatted(b));
                    }
                }
            }
        }
        to.append('"');
    }

    static boolean isBlank(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }

    private static boolean isPlain(byte[] bytes) {
        for (byte b : bytes) {
            if (b <= ' ' || b == 127 || b == '"' || b == '\\' || b == '\'') {
                return false;
            }
        }
        return true;
    }

    private @Nullable List<String> all() {
        List<String> words = new ArrayList<>();
        while (true) {
            while (at < to && isBlank(line[at])) {
                at++;
            }
            if (at == to) {
                return words;
            }
            word.reset();
            if (!one()) {
                return null;
            }
            words.add(word.toString(StandardCharsets.UTF_8));
        }
    }

    private boolean one() {
        while (at < to && !isBlank(line[at])) {
            byte b = line[at++];
            if (b == '"' || b == '\'') {
                return quoted(b);
            }
            word.write(b);
        }
        return true;
    }

    private boolean quoted(byte quote) {
        while (at < to) {
            byte b = line[at++];
            if (b == quote) {
                return at == to || isBlank(line[at]);
            }
            if (b == '\\' && quote == '"' && at < to) {
                escaped();
            } else if (b == '\\' && quote == '\'' && at < to && line[at] == '\'') {
                at++;
                word.write('\'');
            } else {
                word.write(b);
            }
        }
        return false;
    }

    private void escaped() {
        if (line[at] == 'x' && to - at > 2 && digit(at + 1) >= 0 && digit(at + 2) >= 0) {
            word.write(digit(at + 1) << 4 | digit(at + 2));
            at += 3;
            return;
        }
        byte b = line[at++];
        word.write(
                switch (b) {
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case 't' -> '\t';
                    case 'b' -> '\b';
                    case 'a' -> 7;
                    default -> b;
                });
    }

    private int digit(int index) {
        return Character.digit(line[index], 16);
    }
}
