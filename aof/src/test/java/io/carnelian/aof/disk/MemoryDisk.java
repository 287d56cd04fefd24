package io.carnelian.aof.disk;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk that can lose its power, fail, be full and stall. What was not synced is gone after a
 * power cut: bytes of files, and names that a folder's sync has not made last.
 */
public final class MemoryDisk implements Disk {
    /** The power is gone: nothing is done any more. */
    public static final class PowerCut extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private static final class Content {
        byte[] bytes = {};
        byte[] synced = {};
    }

    private final Map<String, Content> files = new TreeMap<>();
    private final Map<String, Content> lasting = new TreeMap<>();
    private int stepsLeft = Integer.MAX_VALUE;
    private @Nullable String writeFault;
    private @Nullable String syncFault;
    private @Nullable String folderFault;
    private @Nullable RuntimeException surprise;
    private long roomBytes = Long.MAX_VALUE;
    private int syncs;
    private int failedWrites;
    private boolean stalled;

    /** Lets so many steps be done, then the power is gone. */
    public synchronized void cutPowerAfter(int steps) {
        stepsLeft = steps;
    }

    /** What is there when the power comes back. */
    public synchronized MemoryDisk afterPowerCut() {
        MemoryDisk back = new MemoryDisk();
        lasting.forEach((name, content) -> {
            Content kept = new Content();
            kept.bytes = content.synced.clone();
            kept.synced = kept.bytes;
            back.files.put(name, kept);
            back.lasting.put(name, kept);
        });
        return back;
    }

    /** Writes fail so from now on; null: they do not. */
    public synchronized void failWrites(@Nullable String why) {
        writeFault = why;
    }

    /** Syncs of files fail so from now on; null: they do not. */
    public synchronized void failSyncs(@Nullable String why) {
        syncFault = why;
    }

    /** Syncs of folders fail so from now on; null: they do not. */
    public synchronized void failFolderSyncs(@Nullable String why) {
        folderFault = why;
    }

    /** The next write fails as no disk should. */
    public synchronized void surprise(RuntimeException with) {
        surprise = with;
    }

    /** So many more bytes find room; what does not is written in part. */
    public synchronized void room(long bytes) {
        roomBytes = bytes;
    }

    /** From now on writes and syncs of files do not come back; or all of them do. */
    public synchronized void stall(boolean on) {
        stalled = on;
        notifyAll();
    }

    private void awaitDisk() throws IOException {
        try {
            while (stalled) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    /** How often a file was synced. */
    public synchronized int syncs() {
        return syncs;
    }

    /** How often a write has failed. */
    public synchronized int failedWrites() {
        return failedWrites;
    }

    /** What a file holds, synced or not. */
    public synchronized byte[] content(Path file) {
        Content content = files.get(key(file));
        return content == null ? new byte[0] : content.bytes.clone();
    }

    private void step() throws IOException {
        if (stepsLeft <= 0) {
            throw new PowerCut();
        }
        stepsLeft--;
    }

    private static String key(Path file) {
        return file.toString();
    }

    private Content find(Path file) throws IOException {
        Content content = files.get(key(file));
        if (content == null) {
            throw new NoSuchFileException(key(file));
        }
        return content;
    }

    @Override
    public synchronized LogFile open(Path file, boolean empty) throws IOException {
        step();
        if (!empty) {
            return new Open(find(file));
        }
        Content content = files.computeIfAbsent(key(file), name -> new Content());
        content.bytes = new byte[0];
        return new Open(content);
    }

    @Override
    public synchronized byte[] read(Path file) throws IOException {
        return find(file).bytes.clone();
    }

    @Override
    public void write(Path file, byte[] bytes) throws IOException {
        try (LogFile to = open(file, true)) {
            to.write(new ByteBuffer[] {ByteBuffer.wrap(bytes)});
            to.sync();
        }
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        step();
        files.put(key(to), find(from));
        files.remove(key(from));
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        step();
        files.remove(key(file));
    }

    @Override
    public Closeable unlink(Path file) throws IOException {
        delete(file);
        return () -> {};
    }

    @Override
    public void createFolder(Path folder) {}

    @Override
    public synchronized void syncFolder(Path folder) throws IOException {
        step();
        if (folderFault != null) {
            throw new IOException(folderFault);
        }
        lasting.keySet().removeIf(name -> isIn(folder, name));
        files.forEach((name, content) -> {
            if (isIn(folder, name)) {
                lasting.put(name, content);
            }
        });
    }

    private static boolean isIn(Path folder, String name) {
        return folder.equals(Path.of(name).getParent());
    }

    @Override
    public synchronized boolean exists(Path file) {
        return files.containsKey(key(file));
    }

    @Override
    public synchronized long size(Path file) throws IOException {
        return find(file).bytes.length;
    }

    @Override
    public synchronized List<String> list(Path folder) {
        return files.keySet().stream()
                .filter(name -> isIn(folder, name))
                .map(name -> String.valueOf(Path.of(name).getFileName()))
                .toList();
    }

    private final class Open implements LogFile {
        private final Content content;

        Open(Content content) {
            this.content = content;
        }

        @Override
        public void write(ByteBuffer[] buffers) throws IOException {
            synchronized (MemoryDisk.this) {
                awaitDisk();
                step();
                RuntimeException odd = surprise;
                surprise = null;
                if (odd != null) {
                    throw odd;
                }
                if (writeFault != null) {
                    failedWrites++;
                    throw new IOException(writeFault);
                }
                ByteArrayOutputStream all = new ByteArrayOutputStream();
                all.writeBytes(content.bytes);
                for (ByteBuffer buffer : buffers) {
                    byte[] part = new byte[(int) Math.min(buffer.remaining(), roomBytes)];
                    buffer.get(part);
                    roomBytes -= part.length;
                    all.writeBytes(part);
                    content.bytes = all.toByteArray();
                    if (buffer.hasRemaining()) {
                        failedWrites++;
                        throw new IOException("No space left on device");
                    }
                }
            }
        }

        @Override
        public void sync() throws IOException {
            synchronized (MemoryDisk.this) {
                awaitDisk();
                step();
                if (syncFault != null) {
                    throw new IOException(syncFault);
                }
                syncs++;
                content.synced = content.bytes;
            }
        }

        @Override
        public void truncate(long bytes) throws IOException {
            synchronized (MemoryDisk.this) {
                step();
                content.bytes = Arrays.copyOf(content.bytes, (int) bytes);
            }
        }

        @Override
        public long size() {
            synchronized (MemoryDisk.this) {
                return content.bytes.length;
            }
        }

        @Override
        public void close() {}
    }
}
