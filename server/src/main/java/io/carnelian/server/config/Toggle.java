package io.carnelian.server.config;

import java.util.List;

/** A yes or no. */
public final class Toggle extends Parameter {
    private static final String WRONG = "argument must be 'yes' or 'no'";

    public boolean on;

    public Toggle(String names, int flags, boolean byDefault) {
        super(names, flags);
        this.on = byDefault;
    }

    @Override
    public void parse(List<String> words, boolean fromFile) throws BadValue {
        String word = words.getFirst();
        if (word.equalsIgnoreCase("yes")) {
            on = true;
        } else if (word.equalsIgnoreCase("no")) {
            on = false;
        } else {
            throw new BadValue(WRONG);
        }
    }

    @Override
    public String text() {
        return on ? "yes" : "no";
    }

    @Override
    public Object value() {
        return on;
    }

    @Override
    public void restore(Object value) {
        on = (Boolean) value;
    }
}
