package io.carnelian.integration.house;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * What the JDK's own parser finds in the sources: types, methods and uses of the standard streams,
 * each with its lines. No attribution, so the whole tree takes about a second.
 */
final class Declarations {

    /**
     * A class, interface, record or enum.
     *
     * @param essayLines lines of its Javadoc that say something, 0 without one
     */
    record Type(SourceFile file, String name, boolean topLevel, long lines, long essayLines) {}

    /** A method or constructor with its body, annotations not counted as length of their own. */
    record Method(SourceFile file, String type, String name, long lines) {}

    /** A place that names System.out or System.err. */
    record StandardStream(SourceFile file, long line) {}

    final List<Type> types = new ArrayList<>();
    final List<Method> methods = new ArrayList<>();
    final List<StandardStream> standardStreams = new ArrayList<>();

    private Declarations() {}

    static Declarations of(List<SourceFile> files) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new IllegalStateException("the tests need a JDK, not a bare runtime");
        }
        Declarations found = new Declarations();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task =
                    (JavacTask)
                            compiler.getTask(
                                    null,
                                    manager,
                                    null,
                                    List.of("-proc:none"),
                                    null,
                                    manager.getJavaFileObjectsFromPaths(
                                            files.stream().map(SourceFile::path).toList()));
            DocTrees trees = DocTrees.instance(task);
            int index = 0;
            for (CompilationUnitTree unit : task.parse()) {
                found.new Scanner(files.get(index), unit, trees).scan(unit, null);
                index++;
            }
            if (index != files.size()) {
                throw new IllegalStateException("parsed " + index + " of " + files.size());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private final class Scanner extends TreePathScanner<@Nullable Void, @Nullable Void> {
        private final SourceFile file;
        private final CompilationUnitTree unit;
        private final DocTrees trees;
        private final LineMap lineMap;
        private String type = "";

        Scanner(SourceFile file, CompilationUnitTree unit, DocTrees trees) {
            this.file = file;
            this.unit = unit;
            this.trees = trees;
            this.lineMap = unit.getLineMap();
        }

        @Override
        public @Nullable Void visitClass(ClassTree tree, @Nullable Void unused) {
            String outer = type;
            boolean topLevel =
                    getCurrentPath().getParentPath().getLeaf() instanceof CompilationUnitTree;
            type = tree.getSimpleName().toString();
            String essay = trees.getDocComment(getCurrentPath());
            long essayLines =
                    essay == null ? 0 : essay.lines().filter(line -> !line.isBlank()).count();
            types.add(new Type(file, type, topLevel, lines(tree), essayLines));
            super.visitClass(tree, null);
            type = outer;
            return null;
        }

        @Override
        public @Nullable Void visitMethod(MethodTree tree, @Nullable Void unused) {
            // The end of a compiler-made constructor is -1; it has no lines.
            if (endOf(tree) > 0) {
                methods.add(new Method(file, type, tree.getName().toString(), lines(tree)));
            }
            return super.visitMethod(tree, null);
        }

        @Override
        public @Nullable Void visitMemberSelect(MemberSelectTree tree, @Nullable Void unused) {
            String name = tree.getIdentifier().toString();
            if ((name.equals("out") || name.equals("err"))
                    && tree.getExpression().toString().matches("(java\\.lang\\.)?System")) {
                standardStreams.add(new StandardStream(file, lineMap.getLineNumber(startOf(tree))));
            }
            return super.visitMemberSelect(tree, null);
        }

        private long lines(Tree tree) {
            return lineMap.getLineNumber(endOf(tree)) - lineMap.getLineNumber(startOf(tree)) + 1;
        }

        private long startOf(Tree tree) {
            return trees.getSourcePositions().getStartPosition(unit, tree);
        }

        private long endOf(Tree tree) {
            return trees.getSourcePositions().getEndPosition(unit, tree);
        }
    }
}
