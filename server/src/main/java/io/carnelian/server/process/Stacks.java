package io.carnelian.server.process;

import java.util.Map;

/** Stacks of threads as text. */
final class Stacks {
    private Stacks() {}

    static String of(Thread thread) {
        StringBuilder text = new StringBuilder();
        append(text, thread, thread.getStackTrace());
        return text.toString();
    }

    static String ofAll() {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<Thread, StackTraceElement[]> e : Thread.getAllStackTraces().entrySet()) {
            append(text, e.getKey(), e.getValue());
        }
        return text.toString();
    }

    private static void append(StringBuilder to, Thread thread, StackTraceElement[] frames) {
        to.append('"').append(thread.getName()).append("\" ").append(thread.getState());
        to.append('\n');
        for (StackTraceElement frame : frames) {
            to.append("    at ").append(frame).append('\n');
        }
    }
}
