package io.carnelian.aof.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDiskTest {
    @TempDir Path folder;

    private final FileDisk disk = new FileDisk();

    /** Else a start that can't read its manifest would begin anew, over the files of before. */
    @Test
    void whatCanNotBeToldIsNotTakenForMissing() throws Exception {
        assertThat(disk.exists(folder.resolve("none"))).isFalse();
        assertThat(disk.exists(folder)).isTrue();
        Path loop = folder.resolve("loop");
        Files.createSymbolicLink(loop, loop);
        assertThatThrownBy(() -> disk.exists(loop)).isInstanceOf(FileSystemException.class);
    }

    @Test
    void aFolderMayBeThereAlready() throws Exception {
        Path made = folder.resolve("made");
        disk.createFolder(made);
        disk.createFolder(made);
        assertThat(made).isDirectory();
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> disk.createFolder(file))
                .isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void aNameGoesBeforeTheRoom() throws Exception {
        Path file = Files.writeString(folder.resolve("old"), "abc");
        try (Closeable room = disk.unlink(file)) {
            assertThat(room).isNotNull();
            assertThat(file).doesNotExist();
        }
        disk.unlink(file).close();
    }
}
