package io.carnelian.rdb.save;

import static io.carnelian.server.command.Flags.ADMIN;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.NO_ASYNC_LOADING;
import static io.carnelian.server.command.Flags.NO_MULTI;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.Categories;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;

/** SAVE, BGSAVE, LASTSAVE. */
public final class SaveCommands {
    private static final ErrorReply IN_PROGRESS =
            ErrorReply.of("ERR Background save already in progress");
    private static final ErrorReply NOTHING_TO_CANCEL =
            ErrorReply.of("ERR Background saving is currently not in progress or scheduled");
    private static final ErrorReply OTHER_RUNS =
            ErrorReply.of(
                    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE"
                            + " SCHEDULE in order to schedule a BGSAVE whenever possible.");
    private static final ErrorReply FAILED = ErrorReply.of("ERR");
    private static final Token SCHEDULE = Token.of("SCHEDULE");
    private static final Token CANCEL = Token.of("CANCEL");

    private final Saves saves;

    public SaveCommands(Saves saves) {
        this.saves = saves;
    }

    public void addTo(CommandTable commands) {
        int operator = ADMIN | NOSCRIPT | NO_ASYNC_LOADING;
        commands.add("save", 1, operator | NO_MULTI, Keys.NONE, 0, this::save);
        commands.add("bgsave", -1, operator, Keys.NONE, 0, this::bgsave);
        commands.add(
                "lastsave",
                1,
                LOADING | STALE | FAST,
                Keys.NONE,
                Categories.ADMIN | Categories.DANGEROUS,
                this::lastsave);
    }

    private void save(Call call) {
        if (saves.isRunning()) {
            throw IN_PROGRESS.error();
        }
        if (!saves.saveNow()) {
            throw FAILED.error();
        }
        call.reply().ok();
    }

    /**
     * Snapshots do not get in each other's way, but a disk is shared: beside an AOF rewrite none is
     * begun, as in Redis. Nor within a transaction, of which the stream does not know all yet.
     */
    private void bgsave(Call call) {
        if (call.argc() == 2 && call.is(1, CANCEL)) {
            boolean scheduled = saves.unschedule();
            if (scheduled) {
                call.reply().simple("Scheduled background saving cancelled");
                return;
            }
            if (!saves.cancel("BGSAVE CANCEL")) {
                throw NOTHING_TO_CANCEL.error();
            }
            call.reply().simple("Background saving cancelled");
            return;
        }
        if (call.argc() > 2 || (call.argc() == 2 && !call.is(1, SCHEDULE))) {
            throw Errors.syntax();
        }
        if (saves.isRunning()) {
            throw IN_PROGRESS.error();
        }
        if (call.isNested() || (call.argc() == 2 && saves.isOtherRunning())) {
            saves.schedule();
            call.reply().simple("Background saving scheduled");
            return;
        }
        if (saves.isOtherRunning()) {
            throw OTHER_RUNS.error();
        }
        saves.start();
        call.reply().simple("Background saving started");
    }

    private void lastsave(Call call) {
        call.reply().integer(saves.lastSaveMs() / 1000);
    }
}
