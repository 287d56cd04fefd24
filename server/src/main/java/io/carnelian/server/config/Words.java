package io.carnelian.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Lines of configuration as words and back, and patterns of names. A char is a byte throughout:
 * files are read as Latin-1, so that any bytes in a password come out as they went in, and what is
 * shown or written again is quoted byte by byte.
 */
public final class Words {
    private Words() {}

    /**
     * The words of a line, or null where its quotes don't fit together.
     *
     * <pre>
     *   requirepass "a\x20\n\"b"   →  requirepass | a ␣ newline " b
     *   requirepass 'it\'s'        →  requirepass | it's
     *   requirepass "a"b           →  null: a blank must follow the closing quote
     * </pre>
     */
    public static @Nullable List<String> split(String line) {
        List<String> words = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < line.length() && isBlank(line.charAt(at))) {
                at++;
            }
            if (at == line.length()) {
                return words;
            }
            StringBuilder word = new StringBuilder();
            at = word(line, at, word);
            if (at < 0) {
                return null;
            }
            words.add(word.toString());
        }
    }

    /**
     * Reads the word that begins at {@code at}; returns the position after it, or -1 if its quotes
     * don't close.
     */
    private static int word(String line, int at, StringBuilder to) {
        for (int i = at; i < line.length(); i++) {
            char c = line.charAt(i);
            if (isBlank(c)) {
                return i;
            }
            if (c == '"' || c == '\'') {
                int after =
                        c == '"'
                                ? inDoubleQuotes(line, i + 1, to)
                                : inSingleQuotes(line, i + 1, to);
                boolean closed =
                        after > 0 && (after == line.length() || isBlank(line.charAt(after)));
                return closed ? after : -1;
            }
            to.append(c);
        }
        return line.length();
    }

    private static int inSingleQuotes(String line, int from, StringBuilder to) {
        int i = from;
        while (i < line.length()) {
            char c = line.charAt(i++);
            if (c == '\'') {
                return i;
            }
            if (c == '\\' && i < line.length() && line.charAt(i) == '\'') {
                c = line.charAt(i++);
            }
            to.append(c);
        }
        return -1;
    }

    private static int inDoubleQuotes(String line, int from, StringBuilder to) {
        int i = from;
        while (i < line.length()) {
            char c = line.charAt(i++);
            if (c == '"') {
                return i;
            }
            if (c == '\\' && i < line.length()) {
                c = line.charAt(i++);
                int high = c == 'x' ? hex(line, i) : -1;
                int low = c == 'x' ? hex(line, i + 1) : -1;
                if (high >= 0 && low >= 0) {
                    c = (char) (high << 4 | low);
                    i += 2;
                } else {
                    c = unescaped(c);
                }
            }
            to.append(c);
        }
        return -1;
    }

    private static int hex(String line, int at) {
        return at < line.length() && line.charAt(at) < 128
                ? Character.digit(line.charAt(at), 16)
                : -1;
    }

    private static char unescaped(char c) {
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> 7;
            default -> c;
        };
    }

    private static boolean isBlank(char c) {
        return c == ' ' || (c >= 9 && c <= 13) || c == 0;
    }

    /** The words between single blanks; quotes mean nothing. What CONFIG SET does with a list. */
    public static List<String> atBlanks(String text) {
        List<String> words = new ArrayList<>();
        for (String word : text.split(" ")) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }

    /** The line without blanks and line ends around it. */
    static String trimmed(String line) {
        int from = 0;
        int to = line.length();
        while (from < to && " \t\r\n".indexOf(line.charAt(from)) >= 0) {
            from++;
        }
        while (to > from && " \t\r\n".indexOf(line.charAt(to - 1)) >= 0) {
            to--;
        }
        return line.substring(from, to);
    }

    /** A text between quotes, with the escapes that {@link #split} takes back. */
    public static String quoted(String text) {
        StringBuilder to = new StringBuilder(text.length() + 2);
        to.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\', '"' -> to.append('\\').append(c);
                case '\n' -> to.append("\\n");
                case '\r' -> to.append("\\r");
                case '\t' -> to.append("\\t");
                case 7 -> to.append("\\a");
                case '\b' -> to.append("\\b");
                default -> {
                    if (c >= 32 && c < 127) {
                        to.append(c);
                    } else {
                        to.append("\\x").append(Character.forDigit(c >> 4 & 15, 16));
                        to.append(Character.forDigit(c & 15, 16));
                    }
                }
            }
        }
        return to.append('"').toString();
    }

    /** The text itself where it is one plain word, else quoted. */
    static String quotedIfNeeded(String text) {
        boolean plain = !text.isEmpty();
        for (int i = 0; plain && i < text.length(); i++) {
            char c = text.charAt(i);
            plain = c > 32 && c < 127 && c != '"' && c != '\'' && c != '\\' && c != '#';
        }
        return plain ? text : quoted(text);
    }

    static boolean isPattern(String text) {
        return text.indexOf('*') >= 0 || text.indexOf('?') >= 0 || text.indexOf('[') >= 0;
    }

    /** Whether a name fits a glob ({@code * ? [a-z] [^x] \c}), without regard to case. */
    public static boolean matches(String pattern, String name) {
        return fits(pattern.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
    }

    /**
     * Goes back to the last star only: every earlier one has matched as little as it can, which is
     * enough.
     */
    private static boolean fits(String pattern, String name) {
        int p = 0;
        int n = 0;
        int star = -1;
        int starName = 0;
        while (n < name.length()) {
            int after =
                    p < pattern.length() && pattern.charAt(p) != '*'
                            ? one(pattern, p, name.charAt(n))
                            : -1;
            if (after >= 0) {
                p = after;
                n++;
            } else if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                starName = n;
            } else if (star >= 0) {
                p = star + 1;
                n = ++starName;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    /**
     * Position after the part of the pattern at {@code p} that fits the char, or -1 if it doesn't.
     */
    private static int one(String pattern, int p, char c) {
        return switch (pattern.charAt(p)) {
            case '?' -> p + 1;
            case '[' -> inClass(pattern, p + 1, c);
            case '\\' -> {
                int at = p + 1 < pattern.length() ? p + 1 : p;
                yield pattern.charAt(at) == c ? at + 1 : -1;
            }
            default -> pattern.charAt(p) == c ? p + 1 : -1;
        };
    }

    /** Position after the class that begins at {@code p}, or -1 if {@code c} is not in it. */
    private static int inClass(String pattern, int p, char c) {
        int i = p;
        boolean not = i < pattern.length() && pattern.charAt(i) == '^';
        if (not) {
            i++;
        }
        boolean found = false;
        while (i < pattern.length() && pattern.charAt(i) != ']') {
            char low = pattern.charAt(i);
            if (low == '\\' && i + 1 < pattern.length()) {
                i++;
                low = pattern.charAt(i);
            }
            char high = low;
            if (i + 2 < pattern.length() && pattern.charAt(i + 1) == '-') {
                high = pattern.charAt(i + 2);
                i += 2;
            }
            found |= c >= Math.min(low, high) && c <= Math.max(low, high);
            i++;
        }
        return found == not ? -1 : Math.min(i + 1, pattern.length());
    }
}
