package io.carnelian.integration.differential;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A resource with commands of one or several clients, to be run on two servers:
 *
 * <pre>
 *   == CLIENT KILL by ID            a title begins a block: its clients are new, the data is gone
 *   SET key "a b"                   client a sends it and reads the reply
 *   b: SUBSCRIBE x                  the same by client b
 *   b> PING                         client b only sends
 *   b&lt;                              client b only reads
 *   CLIENT KILL ID {b.id}           b's own number; {b.addr} and {b.laddr} are its addresses
 *   ~ MEMORY STATS                  only the types of the two replies need be equal
 *   # anything                      a comment
 * </pre>
 */
final class CommandScript {
    private static final Pattern LABEL = Pattern.compile("([a-z])([:><])\\s*(.*)");
    private static final Pattern WORD = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"|(\\S+)");
    private static final Pattern VARIABLE = Pattern.compile("\\{([a-z])\\.([a-z]+)\\}");

    /** Something that a client does. */
    record Step(char client, boolean sends, boolean reads, boolean typeOnly, List<String> words) {
        /** The words, with the properties of the clients of one server put in. */
        List<String> words(Map<String, String> properties) {
            List<String> filled = new ArrayList<>();
            for (String word : words) {
                Matcher variable = VARIABLE.matcher(word);
                filled.add(
                        variable.replaceAll(found ->
                                properties.getOrDefault(
                                        found.group(1) + "." + found.group(2), "?")));
            }
            return filled;
        }
    }

    /** Steps that belong together. */
    record Block(String title, List<Step> steps) {}

    private CommandScript() {}

    /** Reads a resource of this package. */
    static List<Block> read(String name) throws IOException {
        List<Block> blocks = new ArrayList<>();
        try (InputStream in = CommandScript.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("the resource " + name + " is missing");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            for (String line : text.lines().map(String::strip).toList()) {
                if (line.startsWith("==")) {
                    blocks.add(new Block(line.substring(2).strip(), new ArrayList<>()));
                } else if (!line.isEmpty() && !line.startsWith("#")) {
                    blocks.getLast().steps().add(step(line));
                }
            }
        }
        return blocks;
    }

    private static Step step(String line) {
        boolean typeOnly = line.startsWith("~");
        String rest = typeOnly ? line.substring(1).strip() : line;
        Matcher labelled = LABEL.matcher(rest);
        if (!labelled.matches()) {
            return new Step('a', true, true, typeOnly, words(rest));
        }
        char mode = labelled.group(2).charAt(0);
        return new Step(
                labelled.group(1).charAt(0),
                mode != '<',
                mode != '>',
                typeOnly,
                words(labelled.group(3)));
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            String quoted = matcher.group(1);
            words.add(quoted == null ? matcher.group(2) : quoted.translateEscapes());
        }
        return words;
    }
}
