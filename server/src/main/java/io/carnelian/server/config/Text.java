package io.carnelian.server.config;

import java.util.List;

/** A text, one byte a char; empty means none. */
public final class Text extends Parameter {
    /** Refuses a text by throwing. */
    @FunctionalInterface
    public interface Check {
        void check(String text) throws BadValue;
    }

    private final Check check;

    public String value;

    public Text(String names, int flags, String byDefault) {
        this(names, flags, byDefault, text -> {});
    }

    public Text(String names, int flags, String byDefault, Check check) {
        super(names, flags);
        this.value = byDefault;
        this.check = check;
    }

    @Override
    public void parse(List<String> words, boolean fromFile) throws BadValue {
        String word = words.getFirst();
        check.check(word);
        value = word;
    }

    @Override
    public String text() {
        return value;
    }

    @Override
    public Object value() {
        return value;
    }

    @Override
    public void restore(Object old) {
        value = (String) old;
    }
}
