package io.carnelian.server.config;

import java.util.ArrayList;
import java.util.List;

/** One of several words, or a set of them. */
public final class Choice extends Parameter {
    /** Refuses a combination of words by throwing. */
    @FunctionalInterface
    public interface Check {
        void check(List<String> words) throws BadValue;
    }

    private final List<String> options;
    private final boolean several;
    private Check check = words -> {};

    /** Position of the chosen word in the list of options; for a set, a bit for each. */
    public int index;

    private Choice(
            String names, int flags, boolean several, String byDefault, List<String> options) {
        super(names, flags);
        this.options = options;
        this.several = several;
        this.index = several ? 0 : options.indexOf(byDefault);
        if (index < 0) {
            throw new IllegalStateException(names + " can't be " + byDefault + " by default");
        }
    }

    /** One of the options. */
    public static Choice of(String names, int flags, String byDefault, String... options) {
        return new Choice(names, flags, false, byDefault, List.of(options));
    }

    /** Any of the options together; the first stands for none of them, and is the default. */
    public static Choice setOf(String names, int flags, String... options) {
        return new Choice(names, flags, true, options[0], List.of(options));
    }

    /** Sets what a set of words must fulfil besides being options; they come in lower case. */
    public void onParsed(Check action) {
        check = action;
    }

    /** Whether the option is the chosen one, or among them. */
    public boolean is(String option) {
        int i = options.indexOf(option);
        return several ? (i == 0 ? index == 0 : (index & 1 << i) != 0) : index == i;
    }

    @Override
    public boolean takesList() {
        return several;
    }

    @Override
    public void parse(List<String> words, boolean fromFile) throws BadValue {
        int bits = 0;
        int chosen = 0;
        List<String> known = new ArrayList<>();
        for (String word : words) {
            chosen = position(word);
            known.add(options.get(chosen));
            bits |= chosen == 0 ? 0 : 1 << chosen;
        }
        if (words.isEmpty()) {
            throw wrong();
        }
        check.check(known);
        index = several ? bits : chosen;
    }

    private int position(String word) throws BadValue {
        for (int i = 0; i < options.size(); i++) {
            if (options.get(i).equalsIgnoreCase(word)) {
                return i;
            }
        }
        throw wrong();
    }

    private BadValue wrong() {
        return new BadValue(
                "argument(s) must be one of the following: " + String.join(", ", options));
    }

    @Override
    public String text() {
        if (!several || index == 0) {
            return options.get(index);
        }
        List<String> chosen = new ArrayList<>();
        for (int i = 1; i < options.size(); i++) {
            if ((index & 1 << i) != 0) {
                chosen.add(options.get(i));
            }
        }
        return String.join(" ", chosen);
    }

    @Override
    public List<String> lines() {
        return List.of(name() + " " + text());
    }

    @Override
    public Object value() {
        return index;
    }

    @Override
    public void restore(Object value) {
        index = (Integer) value;
    }
}
