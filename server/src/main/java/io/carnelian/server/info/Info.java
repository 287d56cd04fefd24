package io.carnelian.server.info;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The sections of INFO. A module adds writers to a section, its own or a common one; the writers of
 * a section run in the order of their adding and the later ones override fields of the earlier.
 * What CONFIG RESETSTAT sets back is registered here too. Command thread only.
 */
public final class Info {
    /** Puts the fields of a section, or some of them. */
    @FunctionalInterface
    public interface Writer {
        void write(Fields to);
    }

    private record Section(String title, boolean byDefault, List<Writer> writers) {}

    private static final int USUAL_CHARS = 8 * 1024;

    private final Map<String, Section> sections = new LinkedHashMap<>();
    private final List<Runnable> resets = new ArrayList<>();

    /** With the sections of Redis, empty, in their order. */
    public Info() {
        String[] titles = {
            "Server",
            "Clients",
            "Memory",
            "Persistence",
            "Stats",
            "Replication",
            "CPU",
            "Modules",
            "Commandstats",
            "Errorstats",
            "Latencystats",
            "Cluster",
            "Keyspace"
        };
        for (String title : titles) {
            boolean byDefault = !title.equals("Commandstats") && !title.equals("Latencystats");
            add(title, byDefault);
        }
    }

    /**
     * Adds an empty section behind the others; {@code byDefault}: INFO without arguments shows it.
     */
    public void add(String title, boolean byDefault) {
        sections.put(
                title.toLowerCase(Locale.ROOT), new Section(title, byDefault, new ArrayList<>()));
    }

    /** Adds a writer to a section. */
    public void write(String title, Writer writer) {
        Section section = sections.get(title.toLowerCase(Locale.ROOT));
        if (section == null) {
            throw new IllegalStateException("no INFO section " + title);
        }
        section.writers.add(writer);
    }

    /** Adds something that CONFIG RESETSTAT sets back. */
    public void onReset(Runnable reset) {
        resets.add(reset);
    }

    public void resetStatistics() {
        for (Runnable reset : resets) {
            reset.run();
        }
    }

    /**
     * The text of the wanted sections, each once; {@code default}, {@code all}, {@code everything}
     * stand for many.
     */
    public String text(List<String> wanted) {
        Set<String> names = new LinkedHashSet<>();
        boolean defaults = wanted.isEmpty();
        boolean all = false;
        for (String word : wanted) {
            String name = word.toLowerCase(Locale.ROOT);
            defaults |= name.equals("default");
            all |= name.equals("all") || name.equals("everything");
            names.add(name);
        }
        StringBuilder text = new StringBuilder(USUAL_CHARS);
        for (Map.Entry<String, Section> e : sections.entrySet()) {
            Section section = e.getValue();
            if (all || (defaults && section.byDefault) || names.contains(e.getKey())) {
                append(text, section);
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, Section section) {
        Fields fields = new Fields();
        for (Writer writer : section.writers) {
            writer.write(fields);
        }
        text.append(text.isEmpty() ? "" : "\r\n").append("# ").append(section.title).append("\r\n");
        fields.appendTo(text);
    }
}
