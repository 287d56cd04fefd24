package io.carnelian.integration.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The project's Java sources, found from the module's folder, which is where Maven runs the tests.
 */
public final class SourceTree {
    private static final List<String> MODULES =
            List.of("server", "rdb", "aof", "replication", "ops", "integration-tests");

    private final List<SourceFile> files;

    private SourceTree(List<SourceFile> files) {
        this.files = List.copyOf(files);
    }

    /** The checkout's folder: the first one upwards that holds this module. */
    public static Path folder() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(root.resolve("integration-tests"))) {
            Path parent = root.getParent();
            if (parent == null) {
                throw new IllegalStateException(
                        "no project around " + Path.of("").toAbsolutePath());
            }
            root = parent;
        }
        return root;
    }

    /** Reads every source once. */
    static SourceTree read() {
        Path root = folder();
        List<SourceFile> files = new ArrayList<>();
        for (String module : MODULES) {
            for (String kind : List.of("main", "test")) {
                Path java = root.resolve(module).resolve("src").resolve(kind).resolve("java");
                if (Files.isDirectory(java)) {
                    readFolder(java, module, kind.equals("main"), files);
                }
            }
        }
        return new SourceTree(files);
    }

    private static void readFolder(Path java, String module, boolean main, List<SourceFile> into) {
        try (Stream<Path> paths = Files.walk(java)) {
            for (Path path : paths.sorted().toList()) {
                if (path.toString().endsWith(".java")) {
                    into.add(SourceFile.read(java, path, module, main));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every source, tests too. */
    List<SourceFile> all() {
        return files;
    }

    /** The sources that are shipped. */
    List<SourceFile> main() {
        return files.stream().filter(SourceFile::main).toList();
    }
}
