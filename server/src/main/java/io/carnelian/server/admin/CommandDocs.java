package io.carnelian.server.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What COMMAND DOCS and COMMAND INFO tell beyond the command table, read from the resource {@code
 * command-docs.txt} when it is first asked for: one line a command, its fields between bars.
 *
 * <pre>
 *   getdel|string|6.2.0|O(1)|RW access delete||Returns a key's string and deletes the key.|key
 *   name   group  since complexity key flags  tips  summary                              arguments
 * </pre>
 */
final class CommandDocs {
    private static final String RESOURCE = "command-docs.txt";
    private static final int FIELDS = 8;

    /**
     * One command's documentation. {@code keyFlags} and {@code tips} are words, empty where there
     * are none.
     */
    record Doc(
            String group,
            String since,
            String complexity,
            List<List<String>> keyFlags,
            List<String> tips,
            String summary,
            String arguments) {}

    /** What more is said of a few: flags, and since when something else is to be used. */
    record Note(String flag, String deprecatedSince, String replacedBy) {}

    private static final Map<String, Note> NOTES =
            Map.ofEntries(
                    Map.entry(
                            "getset",
                            new Note("deprecated", "6.2.0", "`SET` with the `!GET` argument")),
                    Map.entry(
                            "brpoplpush",
                            new Note(
                                    "deprecated",
                                    "6.2.0",
                                    "`BLMOVE` with the `RIGHT` and `LEFT` arguments")),
                    Map.entry(
                            "rpoplpush",
                            new Note(
                                    "deprecated",
                                    "6.2.0",
                                    "`LMOVE` with the `RIGHT` and `LEFT` arguments")),
                    Map.entry("substr", new Note("deprecated", "2.0.0", "`GETRANGE`")),
                    Map.entry(
                            "hmset",
                            new Note(
                                    "deprecated",
                                    "4.0.0",
                                    "`HSET` with multiple field-value pairs")),
                    Map.entry(
                            "cluster|slaves",
                            new Note("deprecated", "5.0.0", "`CLUSTER REPLICAS`")),
                    Map.entry("cluster|slots", new Note("deprecated", "7.0.0", "`CLUSTER SHARDS`")),
                    Map.entry("slaveof", new Note("deprecated", "5.0.0", "`REPLICAOF`")),
                    Map.entry("zrangebylex", insteadUseZrange("`BYLEX` argument")),
                    Map.entry("zrangebyscore", insteadUseZrange("`BYSCORE` argument")),
                    Map.entry("zrevrange", insteadUseZrange("`REV` argument")),
                    Map.entry("zrevrangebylex", insteadUseZrange("`REV` and `BYLEX` arguments")),
                    Map.entry(
                            "zrevrangebyscore", insteadUseZrange("`REV` and `BYSCORE` arguments")),
                    Map.entry("debug", new Note("syscmd", "", "")),
                    Map.entry("pfdebug", new Note("syscmd", "", "")),
                    Map.entry("pfselftest", new Note("syscmd", "", "")),
                    Map.entry("restore-asking", new Note("syscmd", "", "")),
                    Map.entry("replconf", new Note("syscmd", "", "")),
                    Map.entry(
                            "georadius",
                            new Note(
                                    "deprecated",
                                    "6.2.0",
                                    "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS`"
                                            + " argument")),
                    Map.entry(
                            "georadius_ro",
                            new Note(
                                    "deprecated",
                                    "6.2.0",
                                    "`GEOSEARCH` with the `BYRADIUS` argument")),
                    Map.entry(
                            "georadiusbymember",
                            new Note(
                                    "deprecated",
                                    "6.2.0",
                                    "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and"
                                            + " `FROMMEMBER` arguments")),
                    Map.entry(
                            "georadiusbymember_ro",
                            new Note(
                                    "deprecated",
                                    "6.2.0",
                                    "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments")));

    private @Nullable Map<String, Doc> docs;

    private static Note insteadUseZrange(String with) {
        return new Note("deprecated", "6.2.0", "`ZRANGE` with the " + with);
    }

    @Nullable Note note(String fullName) {
        return NOTES.get(fullName);
    }

    /** By full name ({@code config|get} is written {@code config get} in the resource), or null. */
    @Nullable Doc find(String fullName) {
        Map<String, Doc> read = docs;
        if (read == null) {
            read = read();
            docs = read;
        }
        return read.get(fullName);
    }

    private static Map<String, Doc> read() {
        Map<String, Doc> read = new HashMap<>();
        try (InputStream in = CommandDocs.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + RESOURCE + " is missing");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            text.lines()
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .forEach(line -> put(read, line));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return read;
    }

    private static void put(Map<String, Doc> to, String line) {
        String[] f = line.split("\\|", FIELDS);
        if (f.length != FIELDS) {
            throw new IllegalStateException("not " + FIELDS + " fields: " + line);
        }
        Doc doc = new Doc(f[1], f[2], f[3], specs(f[4]), words(f[5]), f[6], f[7]);
        to.put(f[0].replace(' ', '|'), doc);
    }

    private static List<List<String>> specs(String text) {
        List<List<String>> specs = new ArrayList<>();
        for (String spec : text.isEmpty() ? new String[0] : text.split(";")) {
            specs.add(words(spec));
        }
        return specs;
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(" "));
    }
}
