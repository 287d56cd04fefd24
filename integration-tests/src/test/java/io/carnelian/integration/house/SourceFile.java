package io.carnelian.integration.house;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One Java source.
 *
 * @param main whether it is shipped, as opposed to a test
 * @param packageName the package, from the folder
 */
record SourceFile(Path path, String module, boolean main, String packageName, List<String> lines) {

    static SourceFile read(Path java, Path path, String module, boolean main) throws IOException {
        Path folder = java.relativize(path).getParent();
        String packageName = folder == null ? "" : folder.toString().replace('/', '.');
        return new SourceFile(path, module, main, packageName, Files.readAllLines(path));
    }

    String name() {
        return path.getFileName().toString();
    }

    boolean isPackageInfo() {
        return name().equals("package-info.java");
    }

    /** For messages: module, package and file. */
    @Override
    public String toString() {
        return module + ":" + packageName + "/" + name();
    }
}
