package io.carnelian.server.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code dir} parameter, which is the working directory of a process that can change it. A JVM
 * can't, so every relative path of the configuration goes through {@link #resolve}.
 */
public final class WorkingDir extends Parameter {
    private volatile Path path = Path.of("").toAbsolutePath().normalize();

    public WorkingDir() {
        super("dir", PROTECTED | DENY_LOADING);
    }

    /** The directory, absolute. Any thread. */
    public Path path() {
        return path;
    }

    /**
     * A path of the configuration, absolute; its chars are the bytes of a UTF-8 name. Any thread.
     */
    public Path resolve(String latin1) {
        return path.resolve(decoded(latin1)).normalize();
    }

    /** Whether a file can be called so here: not with a NUL, nor with what the locale lacks. */
    public static boolean canName(String latin1) {
        try {
            var _ = Path.of(decoded(latin1));
            return true;
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static String decoded(String latin1) {
        return new String(latin1.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    @Override
    public void parse(List<String> words, boolean fromFile) throws BadValue {
        String word = words.getFirst();
        Path to;
        try {
            to = resolve(word);
        } catch (InvalidPathException e) {
            throw new BadValue("No such file or directory");
        }
        String problem = word.isEmpty() ? "No such file or directory" : problem(to);
        if (problem != null) {
            throw new BadValue(problem);
        }
        path = to;
    }

    private static @Nullable String problem(Path to) {
        if (!Files.exists(to)) {
            return "No such file or directory";
        }
        if (!Files.isDirectory(to)) {
            return "Not a directory";
        }
        return Files.isExecutable(to) ? null : "Permission denied";
    }

    @Override
    public String text() {
        return new String(
                path.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    @Override
    public Object value() {
        return path;
    }

    @Override
    public void restore(Object value) {
        path = (Path) value;
    }
}
