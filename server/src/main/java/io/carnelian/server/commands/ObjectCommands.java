package io.carnelian.server.commands;

import static io.carnelian.server.command.Categories.KEYSPACE;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.eviction.AccessClock;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Database;
import io.carnelian.server.table.Record;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/** OBJECT: what is to be known of how a value is kept, none of which counts as a use of it. */
public final class ObjectCommands {
    private static final int NEVER_FREED = Integer.MAX_VALUE;

    private static final ErrorReply NO_LFU =
            ErrorReply.of(
                    "ERR An LFU maxmemory policy is not selected, access frequency not tracked."
                            + " Please note that when switching between policies at runtime LRU"
                            + " and LFU data will take some time to adjust.");
    private static final ErrorReply NO_LRU =
            ErrorReply.of(
                    "ERR An LFU maxmemory policy is selected, idle time not tracked."
                            + " Please note that when switching between policies at runtime LRU"
                            + " and LFU data will take some time to adjust.");

    private static final String[] HELP = {
        "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "ENCODING <key>",
        "    In which form the value is kept.",
        "FREQ <key>",
        "    How often the key was used of late, on a logarithmic scale.",
        "IDLETIME <key>",
        "    For about how many seconds the key was not used.",
        "REFCOUNT <key>",
        "    How many owners the value has.",
        "HELP",
        "    Prints this help.",
    };

    private final IntSupplier sharedIntegers;
    private final BooleanSupplier listpackSetsShown;

    /**
     * @param sharedIntegers integers from 0 up to below this are said to be shared; 0 for none, as
     *     when {@code maxmemory} evicts by a clock of their own
     * @param listpackSetsShown whether a packed set of strings is called a listpack
     */
    public ObjectCommands(IntSupplier sharedIntegers, BooleanSupplier listpackSetsShown) {
        this.sharedIntegers = sharedIntegers;
        this.listpackSetsShown = listpackSetsShown;
    }

    public void addTo(CommandTable commands) {
        commands.container("object", 0)
                .sub("encoding", 3, READONLY, Keys.SECOND, KEYSPACE, this::encoding)
                .sub("freq", 3, READONLY, Keys.SECOND, KEYSPACE, this::freq)
                .sub("idletime", 3, READONLY, Keys.SECOND, KEYSPACE, this::idletime)
                .sub("refcount", 3, READONLY, Keys.SECOND, KEYSPACE, this::refcount)
                .sub("help", 2, LOADING | STALE, Keys.NONE, KEYSPACE, this::help);
    }

    private void encoding(Call call) {
        long record = find(call);
        if (record != 0) {
            call.reply().bulk(encodingName(record));
        }
    }

    /**
     * How OBJECT ENCODING and DEBUG OBJECT call the form of a value, as Redis 7.0 does: there a
     * short list is a quicklist, too, of one node, and a short set of strings is a hashtable.
     */
    public String encodingName(long record) {
        return switch (Record.encoding(record)) {
            case Record.INT -> "int";
            case Record.EMBSTR -> "embstr";
            case Record.RAW -> "raw";
            case Record.INTSET -> "intset";
            case Record.LISTPACK -> listpackName(Record.type(record));
            case Record.HASHTABLE -> "hashtable";
            case Record.QUICKLIST -> "quicklist";
            case Record.SKIPLIST -> "skiplist";
            default -> "unknown";
        };
    }

    private String listpackName(int type) {
        return switch (type) {
            case Record.LIST -> "quicklist";
            case Record.SET -> listpackSetsShown.getAsBoolean() ? "listpack" : "hashtable";
            default -> "listpack";
        };
    }

    private void freq(Call call) {
        long record = find(call);
        if (record != 0) {
            AccessClock clock = call.keyspace().accessClock();
            if (!clock.isLfu()) {
                throw NO_LFU.error();
            }
            call.reply().integer(clock.frequency(Record.clock(record)));
        }
    }

    private void idletime(Call call) {
        long record = find(call);
        if (record != 0) {
            AccessClock clock = call.keyspace().accessClock();
            if (clock.isLfu()) {
                throw NO_LRU.error();
            }
            call.reply().integer(clock.idleSeconds(Record.clock(record)));
        }
    }

    /**
     * Values have one owner here; small integers answer as the shared objects they are in Redis.
     */
    private void refcount(Call call) {
        long record = find(call);
        if (record != 0) {
            call.reply().integer(owners(record));
        }
    }

    /** How many owners OBJECT REFCOUNT and DEBUG OBJECT say that a value has. */
    public int owners(long record) {
        boolean number = Record.type(record) == Record.STRING && Strings.isNumber(record);
        boolean shared =
                number
                        && Record.number(record) >= 0
                        && Record.number(record) < sharedIntegers.getAsInt();
        return shared ? NEVER_FREED : 1;
    }

    /** The record of the key argument; replies null if there is none. */
    private static long find(Call call) {
        long record = call.db().lookupRead(call.key(2), Database.NO_TOUCH | Database.NO_EVENT);
        if (record == 0) {
            call.reply().nullBulk();
        }
        return record;
    }

    private void help(Call call) {
        Reply reply = call.reply();
        reply.array(HELP.length);
        for (String line : HELP) {
            reply.simple(line);
        }
    }
}
