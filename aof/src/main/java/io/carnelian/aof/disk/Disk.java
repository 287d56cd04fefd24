package io.carnelian.aof.disk;

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

    void createFolder(Path folder) throws IOException;

    /** Makes names last that were given, changed or deleted in the folder. */
    void syncFolder(Path folder) throws IOException;

    boolean exists(Path file);

    /** Its length in bytes. */
    long size(Path file) throws IOException;

    /** Names of the files in a folder. */
    List<String> list(Path folder) throws IOException;
}
