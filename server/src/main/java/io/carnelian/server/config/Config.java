package io.carnelian.server.config;

import io.carnelian.server.resp.Errors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All parameters by name. Modules add their rows at start, then {@link ConfigFile} loads file and
 * arguments into them, then CONFIG GET and SET read and change them.
 *
 * <pre>
 *   rows added ──► file, stdin, arguments: line() ──► start ──► set(), get()
 *                  no apply: nothing runs yet         onApply   all or nothing
 * </pre>
 *
 * Command thread only, once the server runs.
 */
public final class Config {
    private static final Logger LOG = LoggerFactory.getLogger(Config.class);

    /** A line of the file that is no parameter: {@code rename-command}, {@code loadmodule}. */
    @FunctionalInterface
    public interface Directive {
        /** {@code words} are those after the directive's name. */
        void line(List<String> words) throws BadValue;
    }

    /** A value that can't be put in force, and why. */
    public record Refusal(Parameter row, String why) {}

    private record Bounds(int min, int max, Directive directive) {}

    /** What a CONFIG SET may touch, by who sends it and when. */
    public enum Access {
        ALL,
        /** Protected parameters are refused: {@code enable-protected-configs}. */
        UNPROTECTED
    }

    private final Map<String, Parameter> byName = new LinkedHashMap<>();
    private final Set<Parameter> rows = new LinkedHashSet<>();
    private final Map<String, Bounds> directives = new LinkedHashMap<>();
    private final Set<Parameter> pending = new LinkedHashSet<>();
    private final Set<String> pendingInUse = new LinkedHashSet<>();
    private final List<String> directiveLines = new ArrayList<>();
    private @Nullable Path file;
    private BooleanSupplier loading = () -> false;

    /** Adds a row; its value now is its default. */
    public <P extends Parameter> P add(P row) {
        put(row.name(), row);
        String alias = row.alias();
        if (alias != null) {
            put(alias, row);
        }
        row.rememberDefault();
        rows.add(row);
        return row;
    }

    private void put(String name, Parameter row) {
        if (byName.putIfAbsent(name, row) != null) {
            throw new IllegalStateException("two parameters named " + name);
        }
    }

    /**
     * Adds a row that is accepted and kept, but that nothing obeys yet, unless a module has one of
     * that name.
     */
    public void addPending(Parameter row) {
        if (!byName.containsKey(row.name())) {
            pending.add(add(row));
        }
    }

    /** Says of a row that nothing obeys it yet: the log warns when file or arguments change it. */
    public void markPending(Parameter row) {
        pending.add(row);
    }

    /** Adds a directive that takes {@code min} to {@code max} words after its name. */
    public void directive(String name, int min, int max, Directive directive) {
        directives.put(name, new Bounds(min, max, directive));
    }

    public @Nullable Parameter find(String name) {
        return byName.get(name.toLowerCase(Locale.ROOT));
    }

    /** In the order of their adding. */
    public Set<Parameter> rows() {
        return Collections.unmodifiableSet(rows);
    }

    /** The configuration file, absolute, or null when the server runs without. */
    public @Nullable Path file() {
        return file;
    }

    void setFile(@Nullable Path path) {
        file = path;
    }

    /** Whether a data set is being loaded. */
    public boolean isLoading() {
        return loading.getAsBoolean();
    }

    /** Tells whether a data set is being loaded: meanwhile some parameters must not change. */
    public void loadingWhile(BooleanSupplier active) {
        loading = active;
    }

    /** Names that file and arguments set, but that nothing obeys yet; for the log. */
    public Set<String> pendingInUse() {
        return Collections.unmodifiableSet(pendingInUse);
    }

    /** Obeys one line of the file or one option; {@code words} begin with the name. */
    void line(List<String> words) throws BadValue {
        String name = words.getFirst().toLowerCase(Locale.ROOT);
        List<String> values = words.subList(1, words.size());
        Parameter row = byName.get(name);
        if (row != null) {
            boolean fits = row.takesList() || values.size() == 1;
            if (!fits) {
                throw new BadValue("wrong number of arguments");
            }
            // One quoted word may hold a whole list: --save "900 1 300 10".
            row.parse(
                    row.takesList() && values.size() == 1
                            ? Words.atBlanks(values.getFirst())
                            : values,
                    true);
            if (pending.contains(row) && !row.isDefault()) {
                pendingInUse.add(row.name());
            }
            return;
        }
        Bounds bounds = directives.get(name);
        if (bounds == null || values.size() < bounds.min || values.size() > bounds.max) {
            throw new BadValue("Bad directive or wrong number of arguments");
        }
        bounds.directive.line(values);
        directiveLines.add(name + " " + String.join(" ", values));
    }

    /** The lines of the file that were no parameters, in their order. */
    public List<String> directiveLines() {
        return Collections.unmodifiableList(directiveLines);
    }

    /** Names and values of the parameters that fit any of the globs or names, each once. */
    public Map<String, String> get(List<String> patterns) {
        Map<String, String> found = new LinkedHashMap<>();
        for (String pattern : patterns) {
            if (!Words.isPattern(pattern)) {
                Parameter row = find(pattern);
                if (row != null && !hasIgnoringCase(found, pattern)) {
                    found.put(pattern, row.text());
                }
                continue;
            }
            for (Map.Entry<String, Parameter> e : byName.entrySet()) {
                Parameter row = e.getValue();
                if (!row.is(Parameter.HIDDEN) && Words.matches(pattern, e.getKey())) {
                    if (!hasIgnoringCase(found, e.getKey())) {
                        found.put(e.getKey(), row.text());
                    }
                }
            }
        }
        return found;
    }

    private static boolean hasIgnoringCase(Map<String, String> found, String name) {
        for (String key : found.keySet()) {
            if (key.equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    /**
     * CONFIG SET: changes all of them, or none.
     *
     * @param pairs name, value, name, value …
     * @return null, or the error reply
     */
    public @Nullable String set(List<String> pairs, Access access) {
        Map<Parameter, String> wanted = new LinkedHashMap<>();
        Map<Parameter, String> givenNames = new LinkedHashMap<>();
        for (int i = 0; i < pairs.size(); i += 2) {
            String name = pairs.get(i);
            Parameter row = find(name);
            if (row == null) {
                String shown = name.split("\0", 2)[0]; // C's %s ends at a zero byte
                return "ERR Unknown option or number of arguments for CONFIG SET - '" + shown + "'";
            }
            String refusal = refusal(row, access);
            if (refusal == null && row.is(Parameter.DENY_LOADING) && loading.getAsBoolean()) {
                return Errors.LOADING.text();
            }
            String before = givenNames.get(row);
            if (refusal == null && before != null && before.equalsIgnoreCase(name)) {
                refusal = "duplicate parameter";
            }
            if (refusal != null) {
                return failed(name, refusal);
            }
            wanted.put(row, pairs.get(i + 1));
            givenNames.put(row, name);
        }
        return change(wanted, givenNames);
    }

    private static @Nullable String refusal(Parameter row, Access access) {
        if (row.is(Parameter.IMMUTABLE)) {
            return "can't set immutable config";
        }
        return row.is(Parameter.PROTECTED) && access != Access.ALL
                ? "can't set protected config"
                : null;
    }

    private @Nullable String change(
            Map<Parameter, String> wanted, Map<Parameter, String> givenNames) {
        Map<Parameter, Object> old = new LinkedHashMap<>();
        for (Map.Entry<Parameter, String> e : wanted.entrySet()) {
            Parameter row = e.getKey();
            old.put(row, row.value());
            try {
                String value = e.getValue();
                row.parse(row.takesList() ? Words.atBlanks(value) : List.of(value), false);
            } catch (BadValue bad) {
                restore(old);
                return failed(nameOf(row, givenNames), bad.why());
            }
        }
        Refusal refusal = apply(old);
        return refusal == null ? null : failed(nameOf(refusal.row(), givenNames), refusal.why());
    }

    /**
     * Puts values in force that were read elsewhere: all of them, or none.
     *
     * @param values each out of {@link Parameter#value} of a row of that name
     * @return null, or who refused
     */
    public @Nullable Refusal adopt(Map<Parameter, Object> values) {
        Map<Parameter, Object> old = new LinkedHashMap<>();
        for (Map.Entry<Parameter, Object> e : values.entrySet()) {
            old.put(e.getKey(), e.getKey().value());
            e.getKey().restore(e.getValue());
        }
        return apply(old);
    }

    /** What must happen for rows that have new values happens; the old ones come back otherwise. */
    private @Nullable Refusal apply(Map<Parameter, Object> old) {
        List<Parameter.Apply> done = new ArrayList<>();
        for (Parameter row : old.keySet()) {
            Parameter.Apply apply = row.apply();
            if (apply == null || done.contains(apply) || row.value().equals(old.get(row))) {
                continue;
            }
            done.add(apply);
            try {
                apply.apply();
            } catch (BadValue bad) {
                restore(old);
                applyAgain(done);
                return new Refusal(row, bad.why());
            }
        }
        return null;
    }

    private static String nameOf(Parameter row, Map<Parameter, String> givenNames) {
        return givenNames.getOrDefault(row, row.name());
    }

    private static void restore(Map<Parameter, Object> old) {
        old.forEach(Parameter::restore);
    }

    /**
     * Goes back to values that were in force before. A refusal now (somebody else has taken the
     * port meanwhile) has no one to be told to but the log.
     */
    private static void applyAgain(List<Parameter.Apply> applies) {
        for (Parameter.Apply apply : applies) {
            try {
                apply.apply();
            } catch (BadValue refused) {
                LOG.warn("Going back to the configuration before failed: {}", refused.why());
            }
        }
    }

    private static String failed(String name, String why) {
        return "ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + why;
    }
}
