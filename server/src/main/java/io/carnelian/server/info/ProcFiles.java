package io.carnelian.server.info;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Linux tells of this process and machine under {@code /proc}. Elsewhere the answers are zero.
 */
final class ProcFiles {
    private static final int TICKS_PER_SECOND = 100;
    private static final int FIELD_USER_TIME = 11;
    private static final int FIELD_SYSTEM_TIME = 12;

    private ProcFiles() {}

    /** Seconds of processor time in user mode and in the kernel. */
    record CpuTime(double user, double system) {}

    /** Resident memory of this process in bytes. */
    static long residentBytes() {
        return kilobytes("/proc/self/status", "VmRSS:") * 1024;
    }

    /** Memory of the machine in bytes. */
    static long machineBytes() {
        return kilobytes("/proc/meminfo", "MemTotal:") * 1024;
    }

    /** Time of the whole process. */
    static CpuTime ofProcess() {
        return cpuTime("/proc/self/stat");
    }

    /** Time of the calling thread. */
    static CpuTime ofThisThread() {
        return cpuTime("/proc/thread-self/stat");
    }

    private static CpuTime cpuTime(String path) {
        String stat = read(path);
        // The name of the program stands in parentheses and may hold blanks: count from behind it.
        int from = stat.lastIndexOf(')') + 2;
        if (from < 2) {
            return new CpuTime(0, 0);
        }
        String[] fields = stat.substring(from).split(" ");
        return new CpuTime(seconds(fields[FIELD_USER_TIME]), seconds(fields[FIELD_SYSTEM_TIME]));
    }

    private static double seconds(String ticks) {
        return Double.parseDouble(ticks) / TICKS_PER_SECOND;
    }

    private static long kilobytes(String path, String name) {
        String text = read(path);
        int at = text.indexOf(name);
        if (at < 0) {
            return 0;
        }
        int from = at + name.length();
        int to = text.indexOf(" kB", from);
        return to < 0 ? 0 : Long.parseLong(text.substring(from, to).trim());
    }

    private static String read(String path) {
        try {
            return Files.readString(Path.of(path), StandardCharsets.ISO_8859_1);
        } catch (IOException notLinux) {
            return "";
        }
    }
}
