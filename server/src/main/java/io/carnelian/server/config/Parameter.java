package io.carnelian.server.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One row of the configuration: a name, perhaps an older name for the same thing, flags, and a
 * value of some kind. The kinds keep the value in a public field ({@code Toggle.on}, {@code
 * Amount.value}, …), so that whoever needs it on a hot path reads a field and never looks a name
 * up. Command thread only, once the server runs.
 *
 * <p>A kind of its own (save points, output limits) is a subclass in the module that owns it.
 */
public abstract class Parameter {
    /** Set by the file and the command line only. */
    public static final int IMMUTABLE = 1;

    /** Its value is a secret: it never goes to the log, MONITOR or the slow log. */
    public static final int SENSITIVE = 1 << 1;

    /** For tests: shown only when it is asked for by its whole name. */
    public static final int HIDDEN = 1 << 2;

    /** CONFIG SET changes it only where {@code enable-protected-configs} allows it. */
    public static final int PROTECTED = 1 << 3;

    /** Not to be changed while a data set is being loaded. */
    public static final int DENY_LOADING = 1 << 4;

    /**
     * What has to happen when a value has changed; it refuses by throwing, and is called again
     * after a rollback.
     */
    @FunctionalInterface
    public interface Apply {
        void apply() throws BadValue;
    }

    private final String name;
    private final @Nullable String alias;
    private final int flags;
    private @Nullable Apply apply;
    private @Nullable Object defaultValue;

    /**
     * {@code names} is the name, or the name and the older one: {@code
     * replica-priority|slave-priority}.
     */
    protected Parameter(String names, int flags) {
        int bar = names.indexOf('|');
        this.name = bar < 0 ? names : names.substring(0, bar);
        this.alias = bar < 0 ? null : names.substring(bar + 1);
        this.flags = flags;
    }

    public final String name() {
        return name;
    }

    public final @Nullable String alias() {
        return alias;
    }

    public final boolean is(int flag) {
        return (flags & flag) != 0;
    }

    /**
     * Sets what happens on a change. Several parameters may share one: it runs once for all that
     * changed together.
     */
    public final void onApply(Apply action) {
        apply = action;
    }

    final @Nullable Apply apply() {
        return apply;
    }

    final void rememberDefault() {
        defaultValue = value();
    }

    public final boolean isDefault() {
        return value().equals(defaultValue);
    }

    /**
     * Whether it takes any number of words, none too, and says itself which; otherwise it takes
     * exactly one.
     */
    public boolean takesList() {
        return false;
    }

    /**
     * Takes a value, or throws and keeps the one it has.
     *
     * @param words what stands after the name; CONFIG SET splits its argument at blanks for a list
     * @param fromFile whether a line of the file says it: some lists grow line by line there
     */
    public abstract void parse(List<String> words, boolean fromFile) throws BadValue;

    /** The value as CONFIG GET shows it. */
    public abstract String text();

    /** The value as it may stand in a log: secrets are not told. */
    public final String shown() {
        return is(SENSITIVE) ? "(hidden)" : text();
    }

    /**
     * The value as an unchanging object: what {@link #restore} takes, and equal only to an equal
     * value.
     */
    public abstract Object value();

    public abstract void restore(Object value);

    /** The lines that CONFIG REWRITE writes for the value. */
    public List<String> lines() {
        return List.of(name + " " + Words.quotedIfNeeded(text()));
    }

    @Override
    public String toString() {
        return name;
    }
}
