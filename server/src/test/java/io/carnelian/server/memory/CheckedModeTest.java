package io.carnelian.server.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Each rule of memory use is broken once; the checked mode must tell. */
class CheckedModeTest {
    private final Pages pages = new Pages(1L << 28);
    private final Slabs slabs = new Slabs(pages);

    @BeforeAll
    static void onlyChecked() {
        assumeTrue(Memory.CHECKED);
    }

    @AfterEach
    void close() {
        pages.close();
    }

    @Test
    void findsReadsAndWritesAfterFree() {
        long record = slabs.allocate(64);
        Memory.putLong(record, 1);
        slabs.free(record);
        faults("use after free", () -> Memory.getLong(record));
        faults("use after free", () -> Memory.putInt(record + 20, 1));
        faults("use after free", () -> Memory.copy(record, record + 8, 8));
        faults("use after free", () -> Memory.equal(record, record, 4));
    }

    @Test
    void findsAccessBeyondTheEnd() {
        long record = slabs.allocate(60);
        Memory.putLong(record + 56, 1);
        faults("beyond the end", () -> Memory.getLong(record + 57));
        faults("beyond the end", () -> Memory.fill(record, 65, (byte) 0));
        faults("use after free, or before", () -> Memory.getByte(record + 64));
        faults("beyond the end", () -> Memory.copyOut(record, new byte[100], 0, 65));
        faults("beyond the end", () -> Memory.compare(record, 65, record, 1));
        long run = slabs.allocate(100_000);
        long usable = slabs.usableSize(run);
        Memory.putByte(run + usable - 1, (byte) 1);
        faults("beyond the end", () -> Memory.getByte(run + usable));
        faults("beyond the end", () -> Memory.getLong(run + usable - 7));
    }

    @Test
    void findsDoubleFrees() {
        long record = slabs.allocate(64);
        slabs.free(record);
        faults("do not own|double free", () -> slabs.free(record));
        slabs.allocate(64);
        long other = slabs.allocate(64);
        faults("not a record", () -> slabs.free(other + 8));
        slabs.free(other);
        faults("double free", () -> slabs.free(other));
        faults("do not own", () -> slabs.free(12_345));
        long run = slabs.allocate(100_000);
        slabs.free(run);
        faults("do not own", () -> slabs.free(run));
    }

    @Test
    void findsFreesByOthers() {
        Slabs other = new Slabs(pages);
        long record = slabs.allocate(64);
        faults("do not own", () -> other.free(record));
    }

    @Test
    void findsAccessToPagesNotInUse() {
        long run = slabs.allocate(100_000);
        slabs.free(run);
        faults("not in use", () -> Memory.getLong(run));
        faults("", () -> Memory.getLong(run + (100 << 20)));
    }

    @Test
    void findsLeaksAndSaysWhere() {
        slabs.allocate(60);
        slabs.allocate(100_000);
        assertThatThrownBy(() -> slabs.assertNoLeaks(64))
                .isInstanceOf(MemoryFault.class)
                .hasMessageContaining("64 bytes: 1 records")
                .hasMessageContaining("run of 102400");
    }

    @Test
    void poisonsTheHeaderOfTheFreed() {
        long record = slabs.allocate(64);
        long other = slabs.allocate(64);
        Memory.putLong(record, 0x1234);
        slabs.free(record);
        assertThat(Raw.getLong(record)).isEqualTo(0xDEDE_DEDE_DEDE_DEDEL);
        assertThat(Raw.getLong(record + 16)).isEqualTo(0xDEDE_DEDE_DEDE_DEDEL);
        assertThat(slabs.allocate(64)).isEqualTo(record);
        assertThat(Memory.getLong(record)).isNotEqualTo(0x1234);
        assertThat(Memory.getLong(other)).isNotZero();
    }

    @Test
    void leavesOtherMemoryAlone() {
        try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
            long buffer = arena.allocate(16).address();
            Memory.putLong(buffer + 8, 5);
            assertThat(Memory.getLong(buffer + 8)).isEqualTo(5);
        }
    }

    private static void faults(String pattern, ThrowingCallable access) {
        assertThatThrownBy(access)
                .isInstanceOf(MemoryFault.class)
                .hasMessageFindingMatch(pattern)
                .hasMessageContaining("0x");
    }
}
