package io.carnelian.ops.report;

import java.util.Iterator;
import java.util.Map;

/** Maps, lists, numbers, truth values and texts as JSON. */
public final class Json {
    private Json() {}

    public static String of(Object value) {
        StringBuilder to = new StringBuilder();
        append(to, value);
        return to.append('\n').toString();
    }

    private static void append(StringBuilder to, Object value) {
        switch (value) {
            case Map<?, ?> map -> {
                to.append('{');
                for (Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator();
                        i.hasNext(); ) {
                    Map.Entry<?, ?> entry = i.next();
                    text(to, String.valueOf(entry.getKey()));
                    to.append(':');
                    append(to, entry.getValue());
                    to.append(i.hasNext() ? "," : "");
                }
                to.append('}');
            }
            case Iterable<?> list -> {
                to.append('[');
                for (Iterator<?> i = list.iterator(); i.hasNext(); ) {
                    append(to, i.next());
                    to.append(i.hasNext() ? "," : "");
                }
                to.append(']');
            }
            case Number number -> to.append(number);
            case Boolean truth -> to.append(truth);
            default -> text(to, value.toString());
        }
    }

    private static void text(StringBuilder to, String text) {
        to.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                to.append('\\').append(c);
            } else if (c < ' ') {
                to.append("\\u%04x".formatted((int) c));
            } else {
                to.append(c);
            }
        }
        to.append('"');
    }
}
