package io.carnelian.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads redis.conf: the file, then standard input, then the options of the command line, so that
 * later ones win.
 *
 * <pre>
 *   # a comment                      whole lines only: "port 1 # x" has four words
 *   include /etc/carnelian/*.conf    in the order of names; a glob may fit nothing
 *   port 6379                        words in quotes as in {@link Words#split}
 * </pre>
 *
 * The first wrong line ends it, with {@link ConfigFileError}.
 */
public final class ConfigFile {
    private static final int MAX_DEPTH = 16;
    private static final String TOO_DEEP = "include nested too deeply";

    private final Config config;
    private final WorkingDir dir;

    private ConfigFile(Config config, WorkingDir dir) {
        this.config = config;
        this.dir = dir;
    }

    /**
     * Sets the parameters as the command line says. {@code stdin} is read only if the command line
     * asks for it.
     */
    public static void load(Config config, WorkingDir dir, CommandLine line, InputStream stdin)
            throws ConfigFileError {
        ConfigFile loader = new ConfigFile(config, dir);
        int lines = 0;
        String file = line.file();
        if (file != null) {
            Path path = Path.of(file).toAbsolutePath().normalize();
            config.setFile(path);
            lines = loader.lines(loader.read(path, path.toString()), 1, inFile(path), 0);
        }
        if (line.stdin()) {
            lines += loader.lines(loader.read(stdin), 1, " (standard input)", 0);
        }
        int number = lines + 2;
        for (String option : line.optionLines()) {
            loader.line(option, number++, " (command line)", 0);
        }
    }

    /** Sets the parameters as a text says, as if it were a file. */
    static void loadText(Config config, WorkingDir dir, String text) throws ConfigFileError {
        new ConfigFile(config, dir).lines(text, 1, "", 0);
    }

    private static String inFile(Path path) {
        return " (" + path + ")";
    }

    private String read(Path path, String shown) throws ConfigFileError {
        try {
            return Files.readString(path, StandardCharsets.ISO_8859_1);
        } catch (AccessDeniedException e) {
            throw ConfigFileError.unreadable(shown, "Permission denied");
        } catch (IOException e) {
            throw ConfigFileError.unreadable(
                    shown,
                    Files.isDirectory(path) ? "Is a directory" : "No such file or directory");
        }
    }

    private String read(InputStream stdin) throws ConfigFileError {
        try {
            return new String(stdin.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw ConfigFileError.unreadable("-", String.valueOf(e.getMessage()));
        }
    }

    /** Obeys every line of a text; returns how many line ends it has. */
    private int lines(String text, int firstNumber, String where, int depth)
            throws ConfigFileError {
        int number = firstNumber;
        int from = 0;
        while (from < text.length()) {
            int end = text.indexOf('\n', from);
            int to = end < 0 ? text.length() : end;
            line(text.substring(from, to), number, where, depth);
            if (end < 0) {
                break;
            }
            number++;
            from = end + 1;
        }
        return number - firstNumber;
    }

    private void line(String raw, int number, String where, int depth) throws ConfigFileError {
        String line = Words.trimmed(raw);
        if (line.isEmpty() || line.startsWith("#")) {
            return;
        }
        List<String> words = Words.split(line);
        if (words == null) {
            throw ConfigFileError.atLine(
                    number, where, line, "Unbalanced quotes in configuration line");
        }
        if (words.isEmpty()) {
            return;
        }
        try {
            if (words.getFirst().equalsIgnoreCase("include") && words.size() == 2) {
                include(words.get(1), depth + 1);
            } else {
                config.line(words);
            }
        } catch (BadValue bad) {
            throw ConfigFileError.atLine(number, where, line, bad.why());
        }
    }

    private void include(String pattern, int depth) throws ConfigFileError, BadValue {
        if (depth > MAX_DEPTH) {
            throw new BadValue(TOO_DEEP);
        }
        for (Path path : expand(pattern)) {
            String shown = Words.isPattern(pattern) ? path.toString() : pattern;
            lines(read(path, shown), 1, inFile(path), depth);
        }
    }

    /** The files that a name or glob stands for, sorted. */
    private List<Path> expand(String pattern) throws BadValue {
        try {
            Path whole = dir.resolve(pattern);
            if (!Words.isPattern(pattern)) {
                return List.of(whole);
            }
            List<Path> found = new ArrayList<>();
            found.add(whole.getRoot());
            for (Path part : whole) {
                found = children(found, part);
            }
            return found;
        } catch (InvalidPathException e) {
            throw new BadValue("No such file or directory");
        }
    }

    private static List<Path> children(List<Path> parents, Path part) {
        List<Path> found = new ArrayList<>();
        for (Path parent : parents) {
            if (!Words.isPattern(part.toString())) {
                Path child = parent.resolve(part);
                if (Files.exists(child)) {
                    found.add(child);
                }
                continue;
            }
            List<Path> here = new ArrayList<>();
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(parent, globOf(part))) {
                for (Path child : stream) {
                    if (!child.getFileName().toString().startsWith(".")) {
                        here.add(child);
                    }
                }
            } catch (IOException e) {
                // An unreadable directory holds nothing that fits, as for glob(3).
                continue;
            }
            here.sort(null);
            found.addAll(here);
        }
        return found;
    }

    /** Java's globs know braces, which glob(3) takes literally. */
    private static String globOf(Path part) {
        return part.toString().replace("{", "\\{").replace("}", "\\}").replace("[^", "[!");
    }
}
