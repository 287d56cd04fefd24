package io.carnelian.server.memory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The four system calls that virtual memory needs, through the linker of {@code java.lang.foreign}.
 * {@code Arena} will not do: it zeroes what it hands out, reserves and commits in one step, and
 * cannot give pages back.
 */
final class SystemCalls {
    private static final int PROT_NONE = 0;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x02 | 0x20 | 0x4000;
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_HUGEPAGE = 14;
    private static final int MADV_POPULATE_WRITE = 23;

    private static final MethodHandle MMAP =
            handle(
                    "mmap",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG));
    private static final FunctionDescriptor RANGE_AND_FLAG =
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT);
    private static final MethodHandle MPROTECT = handle("mprotect", RANGE_AND_FLAG);
    private static final MethodHandle MADVISE = handle("madvise", RANGE_AND_FLAG);
    private static final MethodHandle MUNMAP =
            handle(
                    "munmap",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

    private SystemCalls() {}

    /** Reserves address space without memory behind it; returns its address, or 0 when refused. */
    static long reserve(long bytes) {
        try {
            long address =
                    (long)
                            MMAP.invokeExact(
                                    0L, bytes, PROT_NONE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
            return address == -1 ? 0 : address;
        } catch (Throwable e) {
            throw new LinkageError("mmap", e);
        }
    }

    /** Makes a reserved range usable; false when the system refuses. */
    static boolean commit(long address, long bytes) {
        return onRange(MPROTECT, address, bytes, PROT_READ_WRITE);
    }

    /** Gives the memory behind a range back; it reads as zeros afterwards. */
    static void discard(long address, long bytes) {
        onRange(MADVISE, address, bytes, MADV_DONTNEED);
    }

    /** Asks for huge pages behind a range; a refusal is of no consequence. */
    static void preferHugePages(long address, long bytes) {
        onRange(MADVISE, address, bytes, MADV_HUGEPAGE);
    }

    /** Puts memory behind a range now; false when the system refuses, or is Linux before 5.14. */
    static boolean populate(long address, long bytes) {
        return onRange(MADVISE, address, bytes, MADV_POPULATE_WRITE);
    }

    static void release(long address, long bytes) {
        try {
            int ignored = (int) MUNMAP.invokeExact(address, bytes);
            assert ignored == 0 : "munmap";
        } catch (Throwable e) {
            throw new LinkageError("munmap", e);
        }
    }

    private static boolean onRange(MethodHandle call, long address, long bytes, int flag) {
        try {
            return (int) call.invokeExact(address, bytes, flag) == 0;
        } catch (Throwable e) {
            throw new LinkageError("mprotect or madvise", e);
        }
    }

    @SuppressWarnings("restricted")
    static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        MemorySegment symbol = linker.defaultLookup().findOrThrow(name);
        return linker.downcallHandle(symbol, descriptor);
    }
}
