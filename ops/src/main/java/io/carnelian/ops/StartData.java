package io.carnelian.ops;

import io.carnelian.aof.Aof;
import io.carnelian.aof.load.LoadedPlace;
import io.carnelian.rdb.Rdb;
import io.carnelian.replication.Replication;
import io.carnelian.server.client.Mailbox;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What a start loads: the append-only file if it is kept and there, else the RDB file. Whoever is
 * right about the position is asked: the one that was loaded.
 */
record StartData(Rdb rdb, Aof aof, Replication replication, Mailbox mailbox) {
    private static final long FIRST_FILES_SECONDS = 5;

    /**
     * Begins to load. What is returned is complete when clients may use the data, on the command
     * thread; {@code fatal} is run if they never may, on another thread and after {@code failing},
     * which returns when the log may say why.
     */
    CompletableFuture<Void> load(Runnable failing, Runnable fatal) {
        CompletableFuture<Void> loaded = new CompletableFuture<>();
        Runnable ready = () -> loaded.complete(null);
        boolean fromAof = aof.prepare();
        boolean fromRdb = !fromAof && rdb.prepare();
        replication.prepare();
        if (fromAof) {
            mailbox.post(() -> aof.load(this::placed, ready, failing, fatal));
        } else {
            mailbox.post(() ->
                    rdb.load(
                            result -> {
                                replication.loaded(result);
                                aof.beginFresh(ready, failing, fatal);
                            },
                            failing,
                            fatal));
        }
        if (!fromAof && !fromRdb) {
            awaitFirstFiles(loaded);
        }
        return loaded;
    }

    /** Who connects finds a server that can keep what it is told, not one that says LOADING. */
    private static void awaitFirstFiles(CompletableFuture<Void> loaded) {
        try {
            loaded.get(FIRST_FILES_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException slow) {
            // Then they hear LOADING for a while.
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the first files could not be awaited", e);
        }
    }

    private void placed(LoadedPlace place) {
        if (place.isKnown()) {
            replication.loaded(place.replid(), place.offset(), place.db(), place.tail());
        } else {
            place.release();
        }
    }
}
