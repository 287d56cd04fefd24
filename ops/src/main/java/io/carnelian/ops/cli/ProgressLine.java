package io.carnelian.ops.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** How far long work is, on one line of a terminal; nothing where nobody looks. */
final class ProgressLine implements AutoCloseable {
    private static final int WIDTH = 40;

    private final PrintStream out;
    private final boolean visible;
    private final String what;
    private final long total;
    private long shown = -1;

    /**
     * @param total what {@link #at} ends with
     */
    ProgressLine(PrintStream out, boolean visible, String what, long total) {
        this.out = out;
        this.visible = visible;
        this.what = what;
        this.total = Math.max(1, total);
    }

    /** On standard error, if that is a terminal. */
    static ProgressLine onTerminal(String what, long total) {
        return new ProgressLine(System.err, isTerminal(), what, total);
    }

    private static boolean isTerminal() {
        try {
            Path to = Files.readSymbolicLink(Path.of("/proc/self/fd/2"));
            return to.startsWith("/dev/pts") || to.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException e) {
            // No such folder on this system: a line too few is better than one in a file.
            return false;
        }
    }

    /** It is that far. */
    void at(long done) {
        long percent = Math.min(100, done * 100 / total);
        if (!visible || percent == shown) {
            return;
        }
        shown = percent;
        int full = (int) (percent * WIDTH / 100);
        out.printf("\r%s [%s%s] %3d%%", what, "#".repeat(full), " ".repeat(WIDTH - full), percent);
        out.flush();
    }

    /** Takes the line away. */
    @Override
    public void close() {
        if (shown >= 0) {
            out.print("\r" + " ".repeat(what.length() + WIDTH + 8) + "\r");
            out.flush();
        }
    }
}
