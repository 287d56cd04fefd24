package io.carnelian.server.settings;

import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code save <seconds> <changes> …}: save when so many changes were made and the last save is so
 * long ago. In a file the first {@code save} line replaces the defaults and further ones add to it;
 * {@code save ""} drops all.
 */
public final class SavePoints extends Parameter {
    /**
     * One rule: {@code changes} or more since the last save, which is {@code seconds} or longer
     * ago.
     */
    public record SavePoint(long seconds, int changes) {}

    public List<SavePoint> points =
            List.of(new SavePoint(3600, 1), new SavePoint(300, 100), new SavePoint(60, 10_000));

    private boolean namedByFile;

    public SavePoints() {
        super("save", 0);
    }

    @Override
    public boolean takesList() {
        return true;
    }

    @Override
    public void parse(List<String> words, boolean fromFile) throws BadValue {
        List<SavePoint> parsed = new ArrayList<>();
        boolean none = words.isEmpty() || (words.size() == 1 && words.getFirst().isEmpty());
        if (!none) {
            if (fromFile && namedByFile) {
                parsed.addAll(points);
            }
            if (words.size() % 2 != 0) {
                throw wrong();
            }
            for (int i = 0; i < words.size(); i += 2) {
                parsed.add(
                        new SavePoint(number(words.get(i), 1), (int) number(words.get(i + 1), 0)));
            }
        }
        namedByFile |= fromFile;
        points = List.copyOf(parsed);
    }

    private static long number(String word, int min) throws BadValue {
        try {
            int parsed = Integer.parseInt(word);
            if (parsed >= min) {
                return parsed;
            }
        } catch (NumberFormatException e) {
            throw wrong();
        }
        throw wrong();
    }

    private static BadValue wrong() {
        return new BadValue("Invalid save parameters");
    }

    @Override
    public String text() {
        StringBuilder text = new StringBuilder();
        for (SavePoint point : points) {
            text.append(text.isEmpty() ? "" : " ")
                    .append(point.seconds)
                    .append(' ')
                    .append(point.changes);
        }
        return text.toString();
    }

    @Override
    public List<String> lines() {
        if (points.isEmpty()) {
            return List.of("save \"\"");
        }
        List<String> lines = new ArrayList<>();
        for (SavePoint point : points) {
            lines.add("save " + point.seconds + " " + point.changes);
        }
        return lines;
    }

    @Override
    public Object value() {
        return points;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void restore(Object value) {
        points = (List<SavePoint>) value;
    }
}
