package io.carnelian.server.config;

import java.util.List;

/** Several words: addresses, percentiles. */
public final class TextList extends Parameter {
    /** Makes the words to be kept of the words given, or refuses them by throwing. */
    @FunctionalInterface
    public interface Form {
        List<String> form(List<String> words) throws BadValue;
    }

    private final Form form;

    public List<String> values;

    public TextList(String names, int flags, List<String> byDefault, Form form) {
        super(names, flags);
        this.values = byDefault;
        this.form = form;
    }

    @Override
    public boolean takesList() {
        return true;
    }

    @Override
    public void parse(List<String> words, boolean fromFile) throws BadValue {
        values = List.copyOf(form.form(words));
    }

    @Override
    public String text() {
        return String.join(" ", values);
    }

    @Override
    public List<String> lines() {
        if (values.isEmpty() && is(IMMUTABLE)) {
            return List.of(); // no primary: there is no line that says so
        }
        StringBuilder line = new StringBuilder(name());
        for (String word : values) {
            line.append(' ').append(Words.quotedIfNeeded(word));
        }
        if (values.isEmpty()) {
            line.append(" \"\"");
        }
        return List.of(line.toString());
    }

    @Override
    public Object value() {
        return values;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void restore(Object old) {
        values = (List<String>) old;
    }
}
