package io.carnelian.ops.reload;

import io.carnelian.server.config.Config;
import io.carnelian.server.config.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What would change if the configuration were as another one is. The other has the same rows,
 * filled from the file as at a start: so a parameter that left the file goes back to its default,
 * and what CONFIG SET changed without CONFIG REWRITE goes back to what the file says.
 *
 * @param steps one a row that differs, in the order of the rows
 * @param values what to put in force for those that can be
 */
record ReloadPlan(List<Step> steps, Map<Parameter, Object> values) {
    /** What becomes of a difference. */
    enum Fate {
        APPLIED("applied"),
        TO_APPLY("to-apply"),
        NEEDS_RESTART("needs-restart"),
        REFUSED("refused");

        private final String word;

        Fate(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    /**
     * One difference.
     *
     * @param before the value in force, as it may be shown
     * @param after the value of the file, as it may be shown
     */
    record Step(Fate fate, String name, String before, String after) {}

    static ReloadPlan of(Config inForce, Config wanted) {
        List<Step> steps = new ArrayList<>();
        Map<Parameter, Object> values = new LinkedHashMap<>();
        for (Parameter row : inForce.rows()) {
            Parameter other = wanted.find(row.name());
            if (other == null || other.value().equals(row.value())) {
                continue;
            }
            Fate fate = fate(row, inForce);
            steps.add(new Step(fate, row.name(), row.shown(), other.shown()));
            if (fate == Fate.TO_APPLY) {
                values.put(row, other.value());
            }
        }
        if (!inForce.directiveLines().equals(wanted.directiveLines())) {
            steps.add(
                    new Step(
                            Fate.NEEDS_RESTART,
                            "directives",
                            inForce.directiveLines().size() + " lines",
                            wanted.directiveLines().size() + " lines"));
        }
        return new ReloadPlan(steps, values);
    }

    private static Fate fate(Parameter row, Config inForce) {
        if (row.is(Parameter.IMMUTABLE)) {
            return Fate.NEEDS_RESTART;
        }
        return row.is(Parameter.DENY_LOADING) && inForce.isLoading() ? Fate.REFUSED : Fate.TO_APPLY;
    }

    /** Whether something can't be put in force now. */
    boolean isRefused() {
        return steps.stream().anyMatch(step -> step.fate() == Fate.REFUSED);
    }

    /** The same after it was put in force. */
    ReloadPlan applied() {
        List<Step> done = new ArrayList<>();
        for (Step step : steps) {
            boolean now = step.fate() == Fate.TO_APPLY;
            done.add(now ? new Step(Fate.APPLIED, step.name(), step.before(), step.after()) : step);
        }
        return new ReloadPlan(done, Map.of());
    }
}
