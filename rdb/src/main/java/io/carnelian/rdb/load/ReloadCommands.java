package io.carnelian.rdb.load;

import io.carnelian.rdb.RdbLog;
import io.carnelian.rdb.save.Saves;
import io.carnelian.server.command.Call;
import io.carnelian.server.debug.DebugCommands;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Keyspace;
import java.io.IOException;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/**
 * DEBUG RELOAD: saves the data set and loads it again, at once. What was loaded replaces the data
 * only when all of it could be read; only with NOFLUSH it is read into the data itself.
 */
public final class ReloadCommands {
    private static final ErrorReply WORDS =
            ErrorReply.of("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    private static final ErrorReply CANNOT_LOAD =
            ErrorReply.of("ERR Error trying to load the RDB dump, check server logs.");
    private static final ErrorReply CANNOT_SAVE = ErrorReply.of("ERR");
    private static final Token MERGE = Token.of("MERGE");
    private static final Token NOFLUSH = Token.of("NOFLUSH");
    private static final Token NOSAVE = Token.of("NOSAVE");

    private final Loading loading;
    private final Saves saves;
    private final RdbLog log;
    private final BooleanSupplier deep;
    private final InstantSource clock;

    /**
     * @param deep {@code sanitize-dump-payload yes}
     */
    public ReloadCommands(
            Loading loading, Saves saves, RdbLog log, BooleanSupplier deep, InstantSource clock) {
        this.loading = loading;
        this.saves = saves;
        this.log = log;
        this.deep = deep;
        this.clock = clock;
    }

    public void addTo(DebugCommands debug) {
        debug.add("reload", 2, 5, this::reload);
    }

    private void reload(Call call) {
        boolean save = true;
        boolean flush = true;
        boolean merge = false;
        for (int i = 2; i < call.argc(); i++) {
            if (call.is(i, MERGE)) {
                merge = true;
            } else if (call.is(i, NOFLUSH)) {
                flush = false;
            } else if (call.is(i, NOSAVE)) {
                save = false;
            } else {
                throw WORDS.error();
            }
        }
        if (loading.isActive()) {
            throw Errors.LOADING.error();
        }
        if (save && !saves.saveNow()) {
            throw CANNOT_SAVE.error();
        }
        LoadOptions options =
                LoadOptions.of(clock.millis(), loading.dropsExpired())
                        .merging(merge)
                        .deep(deep.getAsBoolean());
        try {
            if (flush) {
                replace(call.keyspace(), options);
            } else {
                loading.loadNow(call.keyspace(), options);
            }
        } catch (IOException e) {
            throw CANNOT_LOAD.error();
        }
        log.reloaded();
        call.reply().ok();
    }

    private void replace(Keyspace keyspace, LoadOptions options) throws IOException {
        Keyspace target = loading.emptyKeyspace();
        boolean done = false;
        try {
            loading.loadNow(target, options);
            done = true;
        } finally {
            if (!done) {
                target.discard();
            }
        }
        keyspace.adopt(target);
    }
}
