package io.carnelian.integration;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A parsed reply of RESP2 or RESP3.
 *
 * @param type the first byte on the wire; {@code '_'} for all kinds of null
 * @param text line or payload, one char a byte; empty for aggregates
 * @param elements of an aggregate; those of a map alternate key and value
 */
public record Reply(char type, String text, List<Reply> elements) {
    private static final Reply NULL = new Reply('_', "", List.of());

    /** Parses exactly one reply. */
    public static Reply parse(byte[] raw) {
        return new Parser(raw).next();
    }

    public boolean isError() {
        return type == '-' || type == '!';
    }

    public boolean isNull() {
        return type == '_';
    }

    public boolean isInteger() {
        return type == ':';
    }

    /** The value of an integer reply. */
    public long integer() {
        if (type != ':') {
            throw new IllegalStateException("not an integer: " + this);
        }
        return Long.parseLong(text);
    }

    /** The payload as bytes. */
    public byte[] bytes() {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
        return elements.isEmpty() ? type + Bytes.quote(bytes()) : type + elements.toString();
    }

    private static final class Parser {
        private final byte[] raw;
        private int position;

        Parser(byte[] raw) {
            this.raw = raw;
        }

        Reply next() {
            char type = (char) raw[position++];
            String line = line();
            return switch (type) {
                case '$', '=', '!' -> bulk(type, Integer.parseInt(line));
                case '*', '~', '>' -> aggregate(type, Integer.parseInt(line));
                case '%' -> aggregate(type, 2 * Integer.parseInt(line));
                case '|' -> {
                    aggregate(type, 2 * Integer.parseInt(line));
                    yield next();
                }
                case '_' -> NULL;
                default -> new Reply(type, line, List.of());
            };
        }

        private Reply bulk(char type, int length) {
            if (length < 0) {
                return NULL;
            }
            String text = new String(raw, position, length, StandardCharsets.ISO_8859_1);
            position += length + 2;
            return new Reply(type, text, List.of());
        }

        private Reply aggregate(char type, int count) {
            if (count < 0) {
                return NULL;
            }
            List<Reply> elements = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                elements.add(next());
            }
            return new Reply(type, "", elements);
        }

        private String line() {
            int end = position;
            while (raw[end] != '\r') {
                end++;
            }
            String line = new String(raw, position, end - position, StandardCharsets.ISO_8859_1);
            position = end + 2;
            return line;
        }
    }
}
