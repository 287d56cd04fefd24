package io.carnelian.server.commands;

import static io.carnelian.server.command.Categories.STRING;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;
import java.util.function.LongSupplier;

/** Parts of strings: reading and writing ranges, appending, and the subsequence of two. */
public final class StringRangeCommands {
    private final LongSupplier maxBulkBytes;
    private final Text text = new Text();
    private final LcsCommand lcs;

    /**
     * @param maxBulkBytes {@code proto-max-bulk-len}, which no string may outgrow
     */
    public StringRangeCommands(LongSupplier maxBulkBytes) {
        this.maxBulkBytes = maxBulkBytes;
        this.lcs = new LcsCommand(maxBulkBytes);
    }

    public void addTo(CommandTable commands) {
        commands.add("append", 3, WRITE | DENYOOM | FAST, Keys.FIRST, STRING, this::append);
        commands.add("getrange", 4, READONLY, Keys.FIRST, STRING, this::getrange);
        commands.add("substr", 4, READONLY, Keys.FIRST, STRING, this::getrange);
        commands.add("setrange", 4, WRITE | DENYOOM, Keys.FIRST, STRING, this::setrange);
        commands.add("strlen", 2, READONLY | FAST, Keys.FIRST, STRING, this::strlen);
        commands.add("lcs", -3, READONLY, Keys.FIRST_TWO, STRING, lcs::lcs);
    }

    private void append(Call call) {
        Key key = call.key(1);
        int added = call.length(2);
        long record = call.db().lookupWrite(key);
        Strings.check(record);
        int before = Strings.length(record);
        if (record == 0) {
            call.db().setString(key, call.address(2), added, 0);
        } else {
            checkLength((long) before + added);
            long grown = call.db().resizeForWrite(key, (long) before + added);
            Memory.copy(call.address(2), Record.valueAddress(grown) + before, added);
        }
        call.dirty();
        call.notify(KeyspaceEvent.APPEND, key);
        call.reply().integer((long) before + added);
    }

    private void setrange(Call call) {
        long offset = call.longArg(2);
        if (offset < 0) {
            throw Errors.OFFSET_RANGE.error();
        }
        Key key = call.key(1);
        int written = call.length(3);
        long record = call.db().lookupWrite(key);
        Strings.check(record);
        int before = Strings.length(record);
        if (written == 0) {
            call.reply().integer(before);
            return;
        }
        if (offset > maxBulkBytes.getAsLong()) {
            throw Errors.STRING_TOO_LONG.error();
        }
        checkLength(offset + written);
        long after = Math.max(before, offset + written);
        long target =
                record == 0
                        ? call.db().createRaw(key, (int) after)
                        : call.db().resizeForWrite(key, after);
        Memory.copy(call.address(3), Record.valueAddress(target) + offset, written);
        call.dirty();
        call.notify(KeyspaceEvent.SETRANGE, key);
        call.reply().integer(after);
    }

    private void checkLength(long bytes) {
        if (bytes > maxBulkBytes.getAsLong()) {
            throw Errors.STRING_TOO_LONG.error();
        }
    }

    /**
     * Positions count from 0; negative ones from the end, −1 being the last byte. Both are
     * included.
     */
    private void getrange(Call call) {
        long from = call.longArg(2);
        long to = call.longArg(3);
        long record = call.db().lookupRead(call.key(1));
        Strings.check(record);
        text.set(record);
        int length = text.length;
        boolean crossed = from < 0 && to < 0 && from > to;
        from = Math.max(0, from < 0 ? from + length : from);
        to = Math.min(length - 1, Math.max(0, to < 0 ? to + length : to));
        boolean empty = crossed || from > to;
        call.reply().bulk(text.address + (empty ? 0 : from), empty ? 0 : (int) (to - from + 1));
    }

    private void strlen(Call call) {
        long record = call.db().lookupRead(call.key(1));
        Strings.check(record);
        call.reply().integer(Strings.length(record));
    }
}
