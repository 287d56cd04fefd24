package io.carnelian.integration.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The numbers and names of the house, checked over the source tree. A rule that a change cannot
 * keep is discussed here, in this file, and not worked around.
 */
class TidyTest {
    private static final int FILE_LINES = 600;
    private static final int METHOD_LINES = 70;
    private static final int LINE_COLUMNS = 100;
    private static final int PACKAGE_FILES = 15;
    private static final int ESSAY_FROM_LINES = 200;
    private static final int ESSAY_LINES = 3;

    /** Written in two parts so that this line is not its own first finding. */
    private static final Pattern OWNERLESS =
            Pattern.compile("(//|\\*).*\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b(?!\\([a-z])");

    private static final Pattern SAYS_NOTHING =
            Pattern.compile("Abstract[A-Z].*|.*(Manager|Helper|Utils?|Impl)");

    private static SourceTree tree;
    private static Declarations declarations;

    @BeforeAll
    static void readSources() {
        tree = SourceTree.read();
        declarations = Declarations.of(tree.all());
    }

    @Test
    void readsTheWholeTree() {
        assertThat(tree.main()).hasSizeGreaterThan(5);
        assertThat(tree.all()).anyMatch(file -> file.name().equals("TidyTest.java"));
        assertThat(declarations.types).anyMatch(type -> type.name().equals("TidyTest"));
        assertThat(declarations.methods).anyMatch(m -> m.name().equals("readsTheWholeTree"));
        assertThat(tree.all())
                .extracting(SourceFile::module)
                .contains("server", "rdb", "aof", "replication", "ops", "integration-tests");
    }

    @Test
    void filesAreShort() {
        assertThat(tree.all())
                .filteredOn(file -> file.lines().size() > FILE_LINES)
                .as("files over %d lines", FILE_LINES)
                .isEmpty();
    }

    @Test
    void methodsAreShort() {
        assertThat(declarations.methods)
                .filteredOn(method -> method.lines() > METHOD_LINES)
                .as("methods over %d lines", METHOD_LINES)
                .isEmpty();
    }

    /** Someone who reads these two methods knows the server; they stay on one screen. */
    @Test
    void theSpineIsTwoShortMethods() {
        assertThat(declarations.methods)
                .filteredOn(m -> m.file().packageName().equals("io.carnelian.server.command"))
                .filteredOn(m -> m.type().equals("Executor"))
                .filteredOn(m -> m.name().equals("process") || m.name().equals("call"))
                .hasSize(2)
                .allMatch(m -> m.lines() < METHOD_LINES);
    }

    @Test
    void linesAreShort() {
        List<String> found = new ArrayList<>();
        for (SourceFile file : tree.all()) {
            for (int i = 0; i < file.lines().size(); i++) {
                String line = file.lines().get(i);
                if (line.length() > LINE_COLUMNS && !line.startsWith("import ")) {
                    found.add(file + ":" + (i + 1));
                }
            }
        }
        assertThat(found).as("lines over %d columns", LINE_COLUMNS).isEmpty();
    }

    @Test
    void packagesAreSmall() {
        Map<String, Integer> sizes = new TreeMap<>();
        for (SourceFile file : tree.main()) {
            if (!file.isPackageInfo()) {
                sizes.merge(file.packageName(), 1, Integer::sum);
            }
        }
        sizes.values().removeIf(size -> size <= PACKAGE_FILES);
        assertThat(sizes).as("packages of more than %d files", PACKAGE_FILES).isEmpty();
    }

    @Test
    void everyPackageIsNullMarked() throws Exception {
        List<String> found = new ArrayList<>();
        for (SourceFile file : tree.main()) {
            Path info = file.path().resolveSibling("package-info.java");
            if (!Files.exists(info) || !Files.readString(info).contains("\n@NullMarked\n")) {
                found.add(file.toString());
            }
        }
        assertThat(found).as("in a package without a @NullMarked package-info").isEmpty();
    }

    @Test
    void bigClassesOpenWithAnEssay() {
        assertThat(declarations.types)
                .filteredOn(type -> type.file().main() && type.topLevel())
                .filteredOn(type -> type.lines() > ESSAY_FROM_LINES)
                .filteredOn(type -> type.essayLines() < ESSAY_LINES)
                .as("classes over %d lines whose Javadoc has less than %d", ESSAY_FROM_LINES, 3)
                .isEmpty();
    }

    @Test
    void namesSayWhatAThingIs() {
        assertThat(declarations.types)
                .filteredOn(type -> SAYS_NOTHING.matcher(type.name()).matches())
                .as("names that say nothing")
                .isEmpty();
    }

    /** Command-line tools print; the server and the libraries log. */
    @Test
    void onlyToolsPrint() {
        assertThat(declarations.standardStreams)
                .filteredOn(use -> !use.file().packageName().startsWith("io.carnelian.ops"))
                .as("uses of System.out and System.err")
                .isEmpty();
    }

    @Test
    void openEndsHaveAnOwner() {
        List<String> found = new ArrayList<>();
        for (SourceFile file : tree.all()) {
            for (int i = 0; i < file.lines().size(); i++) {
                if (OWNERLESS.matcher(file.lines().get(i)).find()) {
                    found.add(file + ":" + (i + 1));
                }
            }
        }
        assertThat(found).as("notes of open work without (owner)").isEmpty();
    }
}
