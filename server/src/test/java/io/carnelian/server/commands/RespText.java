package io.carnelian.server.commands;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * RESP as one line of text, for tests to read: {@code +OK}, {@code :1}, {@code -ERR …}, a bulk
 * string as its bytes, {@code nil}, {@code [a, :2, nil]}, a map as {@code {k: v}}. And back: a line
 * of words to arguments.
 */
final class RespText {
    private static final Pattern WORD =
            Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"|(\\S+)", Pattern.DOTALL);

    private RespText() {}

    /** Reads one reply. */
    static String read(InputStream in) throws IOException {
        String head = line(in);
        String rest = head.substring(1);
        return switch (head.charAt(0)) {
            case '+', '-', ':' -> head;
            case '_' -> "nil";
            case ',', '#', '(' -> head;
            case '$' -> rest.equals("-1") ? "nil" : printable(bulk(in, Integer.parseInt(rest)));
            case '*' -> rest.equals("-1") ? "nil" : elements(in, Integer.parseInt(rest), "[", "]");
            case '~' -> elements(in, Integer.parseInt(rest), "~[", "]");
            case '%' -> pairs(in, Integer.parseInt(rest));
            default -> throw new IOException("not RESP: " + head);
        };
    }

    private static String elements(InputStream in, int count, String open, String close)
            throws IOException {
        List<String> elements = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            elements.add(read(in));
        }
        return open + String.join(", ", elements) + close;
    }

    private static String pairs(InputStream in, int count) throws IOException {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pairs.add(read(in) + ": " + read(in));
        }
        return "{" + String.join(", ", pairs) + "}";
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        int b = in.read();
        while (b != '\r') {
            if (b < 0) {
                throw new IOException("ends after: " + line);
            }
            line.append((char) b);
            b = in.read();
        }
        if (in.read() != '\n') {
            throw new IOException("no line feed after: " + line);
        }
        return line.toString();
    }

    private static String bulk(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length != length || in.read() != '\r' || in.read() != '\n') {
            throw new IOException("a bulk string of another length than " + length);
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Encoded commands, each as a line of words; quotes where a word needs them. */
    static List<String> commands(byte[] encoded) throws IOException {
        InputStream in = new ByteArrayInputStream(encoded);
        List<String> commands = new ArrayList<>();
        while (in.available() > 0) {
            int argc = Integer.parseInt(line(in).substring(1));
            List<String> words = new ArrayList<>();
            for (int i = 0; i < argc; i++) {
                words.add(word(bulk(in, Integer.parseInt(line(in).substring(1)))));
            }
            commands.add(String.join(" ", words));
        }
        return commands;
    }

    private static String word(String arg) {
        boolean plain = !arg.isEmpty() && arg.chars().allMatch(c -> c > ' ' && c < 127 && c != '"');
        return plain ? arg : '"' + printable(arg).replace("\"", "\\x22") + '"';
    }

    private static String printable(String bytes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes.length(); i++) {
            char c = bytes.charAt(i);
            if (c >= ' ' && c < 127) {
                text.append(c);
            } else {
                text.append(String.format("\\x%02x", (int) c));
            }
        }
        return text.toString();
    }

    /** Words between blanks, or between double quotes with {@code \xHH} for bytes. */
    static String[] words(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(line);
        while (matcher.find()) {
            words.add(unquoted(matcher.group(1) != null ? matcher.group(1) : matcher.group(2)));
        }
        return words.toArray(new String[0]);
    }

    private static String unquoted(String word) {
        Matcher hex = Pattern.compile("\\\\x([0-9a-f]{2})").matcher(word);
        return hex.replaceAll(m ->
                Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(m.group(1), 16))));
    }
}
