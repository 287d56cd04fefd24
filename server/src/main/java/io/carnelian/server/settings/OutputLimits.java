package io.carnelian.server.settings;

import io.carnelian.server.config.Amount;
import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * {@code client-output-buffer-limit <class> <hard> <soft> <seconds> …}: a client is disconnected
 * once its replies take more than the hard limit, or more than the soft one for that many seconds
 * on end. Zero is no limit. A class that is not named keeps its limits.
 */
public final class OutputLimits extends Parameter {
    /** Classes of clients: positions in the arrays. */
    public static final int NORMAL = 0;

    public static final int REPLICA = 1;
    public static final int PUBSUB = 2;

    private static final String[] CLASSES = {"normal", "slave", "pubsub"};

    /** By class: hard limit in bytes, soft limit in bytes, seconds. */
    private List<List<Long>> limits =
            List.of(
                    List.of(0L, 0L, 0L),
                    List.of(256L << 20, 64L << 20, 60L),
                    List.of(32L << 20, 8L << 20, 60L));

    public final long[] hardBytes = new long[CLASSES.length];
    public final long[] softBytes = new long[CLASSES.length];
    public final long[] softSeconds = new long[CLASSES.length];

    public OutputLimits() {
        super("client-output-buffer-limit", 0);
        restore(limits);
    }

    @Override
    public boolean takesList() {
        return true;
    }

    @Override
    public void parse(List<String> words, boolean fromFile) throws BadValue {
        if (words.size() % 4 != 0) {
            throw new BadValue("Wrong number of arguments in buffer limit configuration.");
        }
        List<List<Long>> changed = new ArrayList<>(limits);
        for (int i = 0; i < words.size(); i += 4) {
            int kind = kind(words.get(i));
            long hard = Amount.parseBytes(words.get(i + 1));
            long soft = Amount.parseBytes(words.get(i + 2));
            long seconds = seconds(words.get(i + 3));
            if (hard < 0 || soft < 0 || seconds < 0) {
                throw new BadValue(
                        "Error in hard, soft or soft_seconds setting in buffer limit"
                                + " configuration.");
            }
            changed.set(kind, List.of(hard, soft, seconds));
        }
        restore(List.copyOf(changed));
    }

    private static int kind(String word) throws BadValue {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "normal" -> NORMAL;
            case "slave", "replica" -> REPLICA;
            case "pubsub" -> PUBSUB;
            default ->
                    throw new BadValue(
                            "Invalid client class specified in buffer limit configuration.");
        };
    }

    private static long seconds(String word) {
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    @Override
    public String text() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < CLASSES.length; i++) {
            text.append(i == 0 ? "" : " ").append(oneClass(i));
        }
        return text.toString();
    }

    private String oneClass(int i) {
        return CLASSES[i] + " " + hardBytes[i] + " " + softBytes[i] + " " + softSeconds[i];
    }

    @Override
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < CLASSES.length; i++) {
            lines.add(name() + " " + oneClass(i));
        }
        return lines;
    }

    @Override
    public Object value() {
        return limits;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void restore(Object value) {
        limits = (List<List<Long>>) value;
        for (int i = 0; i < CLASSES.length; i++) {
            hardBytes[i] = limits.get(i).get(0);
            softBytes[i] = limits.get(i).get(1);
            softSeconds[i] = limits.get(i).get(2);
        }
    }
}
