package io.carnelian.aof.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What an AOF asks of the file system. Tests put faults behind it. */
public interface Disk {
    /**
     * Opens a file for appending.
     *
     * @param empty whether it begins anew; else it goes on at its end, and must be there
     */
    LogFile open(Path file, boolean empty) throws IOException;

    /** The whole file. */
    byte[] read(Path file) throws IOException;

    /** A file with these bytes, which are on the disk when this returns; its name may not be. */
    void write(Path file, byte[] bytes) throws IOException;

    /** Gives a file a name, perhaps that of another one, which it replaces in one step. */
    void rename(Path from, Path to) throws IOException;

    void delete(Path file) throws IOException;

    /**
     * Takes the name away at once, if it is there. What is returned gives the room back when it is
     * closed, which takes long for a big file.
     */
    Closeable unlink(Path file) throws IOException;

    /** Makes it if it is not there; its own name lasts when this returns. */
    void createFolder(Path folder) throws IOException;

    /** Makes names last that were given, changed or deleted in the folder. */
    void syncFolder(Path folder) throws IOException;

    /**
     * Whether there is such a file.
     *
     * @throws IOException if that can't be told, which must never be taken for no
     */
    boolean exists(Path file) throws IOException;

    /** Its length in bytes. */
    long size(Path file) throws IOException;

    /** Names of the files in a folder. */
    List<String> list(Path folder) throws IOException;
}
