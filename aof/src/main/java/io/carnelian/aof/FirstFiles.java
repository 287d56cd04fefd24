package io.carnelian.aof;

import io.carnelian.aof.disk.AofFolder;
import io.carnelian.aof.disk.LogFile;
import io.carnelian.aof.log.Annotation;
import io.carnelian.aof.rewrite.Rewrites;
import io.carnelian.rdb.save.RdbFacts;
import io.carnelian.rdb.save.Saves;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Consumer;

/** Makes the files of a server that starts without any: an empty base and an increment. */
final class FirstFiles {
    private static final int CHUNK_BYTES = 4096;

    private final Keyspace keyspace;
    private final Rewrites rewrites;
    private final Saves saves;
    private final AofConfig config;
    private final AofLog log;
    private final Mailbox mailbox;

    FirstFiles(
            Keyspace keyspace,
            Rewrites rewrites,
            Saves saves,
            AofConfig config,
            AofLog log,
            Mailbox mailbox) {
        this.keyspace = keyspace;
        this.rewrites = rewrites;
        this.saves = saves;
        this.config = config;
        this.log = log;
        this.mailbox = mailbox;
    }

    /**
     * Makes them, on a thread of its own.
     *
     * @param made hears of the file to write to, on the command thread
     */
    void make(AofFolder folder, Consumer<LogFile> made, Runnable failing, Runnable fatal) {
        boolean rdb = config.rdbPreamble.on;
        byte[] base = rdb ? emptyBase() : placeOnly();
        Thread.ofPlatform()
                .daemon()
                .name("loader")
                .start(() -> {
                    try {
                        LogFile file = folder.begin(base, rdb);
                        log.created(folder.manifest());
                        mailbox.post(() -> made.accept(file));
                    } catch (IOException | RuntimeException e) {
                        failing.run();
                        log.cannotOpen(e.toString());
                        fatal.run();
                    }
                });
    }

    /** A base of no commands, which says where the stream stands. */
    private byte[] placeOnly() {
        RdbFacts facts = rewrites.facts();
        String id = facts.replid();
        return id == null
                ? new byte[0]
                : new Annotation.Position(
                                id, facts.offset(), facts.createdAtMs(), Annotation.Position.NO_SUM)
                        .line();
    }

    private byte[] emptyBase() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Snapshot snapshot = keyspace.cut();
        try {
            saves.encoder(snapshot, rewrites.facts())
                    .encode(
                            (chunk, length) -> {
                                bytes.write(chunk, 0, length);
                                return chunk;
                            },
                            new byte[CHUNK_BYTES]);
        } catch (IOException e) {
            throw new IllegalStateException("memory does not fail", e);
        } finally {
            keyspace.end(snapshot);
        }
        return bytes.toByteArray();
    }
}
