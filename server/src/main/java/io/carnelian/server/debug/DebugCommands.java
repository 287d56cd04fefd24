package io.carnelian.server.debug;

import static io.carnelian.server.command.Flags.ADMIN;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.DebugSwitches;
import io.carnelian.server.admin.HelpText;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Handler;
import io.carnelian.server.command.Keys;
import io.carnelian.server.commands.ObjectCommands;
import io.carnelian.server.config.Amount;
import io.carnelian.server.config.Choice;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Numbers;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DEBUG: for tests and measurements, refused unless {@code enable-debug-command} allows it. The
 * subcommands here need nothing but the server; a module adds its own (RELOAD, LOADAOF) with {@link
 * #add}.
 */
public final class DebugCommands {
    private static final Logger LOG = LoggerFactory.getLogger("io.carnelian.server");
    private static final ErrorReply REFUSED =
            ErrorReply.of(
                    "ERR DEBUG command not allowed. If the "
                            + "enable-debug-command option is set to \"local\", you can"
                            + " run it from a local connection, otherwise "
                            + "you need to set this option in the"
                            + " configuration file, and then restart the server.");
    private static final ErrorReply NOT_RESP2 =
            ErrorReply.of("ERR RESP2 is not supported by this command");
    private static final ErrorReply UNKNOWN_TYPE =
            ErrorReply.of(
                    "ERR Wrong protocol type name. Please use one of the "
                            + "following: string|integer|double|bignum"
                            + "|null|array|set|map|attrib|push|verbatim|true|false");
    private static final ErrorReply OUT_OF_RANGE_DB = ErrorReply.of("ERR Out of range database");
    private static final ErrorReply NO_CLUSTER =
            ErrorReply.of("ERR Debug option only available for cluster mode enabled setup!");
    private static final ErrorReply NOT_IN_JAVA =
            ErrorReply.of("ERR There is nothing of that kind in this server");
    private static final ErrorReply NO_PEAKS =
            ErrorReply.of("ERR Buffers of replies have no peaks here: only RESIZING is known");
    private static final ErrorReply NOT_MEMORY =
            ErrorReply.of("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
    private static final long MAX_PACKED_BYTES = (1L << 32) - (1L << 20);
    private static final long MAX_VALUE_BYTES = 512L << 20;

    private static final Handler HELP =
            HelpText.of(
                    "DEBUG",
                    "CHANGE-REPL-ID",
                    "    Give the history of this primary another name: replicas that come back",
                    "    have to take everything anew.",
                    "ERROR <string>",
                    "    Answer with <string> as an error.",
                    "DIGEST",
                    "    A digest of all data, equal on servers with equal data.",
                    "DIGEST-VALUE <key> [<key> ...]",
                    "    A digest of each of these values.",
                    "HTSTATS <dbid>",
                    "    Tell of the tables of a database.",
                    "HTSTATS-KEY <key>",
                    "    Tell of the table that a set or a hash is kept in.",
                    "LISTPACK <key>",
                    "    How a value lies in its listpack, entry by entry.",
                    "LOG <message>",
                    "    Put <message> into the log.",
                    "OBJECT <key>",
                    "    How the value of a key is kept.",
                    "PAUSE-CRON <0|1>",
                    "    Let cron rest, or go on.",
                    "POPULATE <count> [<prefix>] [<size>]",
                    "    Add <count> strings with names like key:7, or another prefix; a size in",
                    "    bytes may be given. Replicas do not hear of it.",
                    "PROTOCOL <type>",
                    "    Answer with a sample of a type of RESP.",
                    "QUICKLIST <key> [<0|1>]",
                    "    The size of a list; 1 tells of each chunk.",
                    "QUICKLIST-PACKED-THRESHOLD <size>",
                    "    Changes nothing: an element that fills a chunk of a list is alone in it.",
                    "REPLYBUFFER RESIZING <0|1>",
                    "    Changes nothing: no buffer of replies is ever resized by time.",
                    "REPLICATE <word> [<word> ...]",
                    "    Tell replicas a command that this server has not run.",
                    "SDSLEN <key>",
                    "    The bytes of a key and of its string, and those that are kept in spare.",
                    "SEGFAULT",
                    "    Crash with a report. ASSERT and PANIC do so too.",
                    "SET-ACTIVE-EXPIRE <0|1>",
                    "    Whether cron looks for keys whose time is over.",
                    "SLEEP <seconds>",
                    "    Keep the server busy for that long; fractions too.",
                    "SNAPSHOT",
                    "    Take a snapshot, walk it on another thread, and tell what that cost.");

    private record Sub(int minArgc, int maxArgc, Handler handler) {}

    private final Map<String, Sub> subs = new HashMap<>();
    private final Choice enabled;
    private final DebugSwitches switches;

    /** {@code enabled} is {@code enable-debug-command}. */
    public DebugCommands(Choice enabled, DebugSwitches switches, ObjectCommands objects) {
        this.enabled = enabled;
        this.switches = switches;
        add("sleep", 3, 3, DebugCommands::sleep);
        add("populate", 3, 5, DebugCommands::populate);
        add("protocol", 3, 3, DebugCommands::protocol);
        add("set-active-expire", 3, 3, this::setActiveExpire);
        add("pause-cron", 3, 3, this::pauseCron);
        add("quicklist-packed-threshold", 3, 3, DebugCommands::packedThreshold);
        add("replybuffer", 4, 4, DebugCommands::replyBuffer);
        add("log", 3, 3, DebugCommands::log);
        add("error", 3, 3, call -> call.reply().error(ErrorReply.of(call.string(2))));
        add("htstats", 3, 3, DebugCommands::tables);
        add("drop-cluster-packet-filter", 3, 3, refuse(NO_CLUSTER));
        add("clusterlink", 5, 5, refuse(NO_CLUSTER));
        add("leak", 3, 3, refuse(NOT_IN_JAVA));
        add("mallctl", 3, 4, refuse(NOT_IN_JAVA));
        add("mallctl-str", 3, 4, refuse(NOT_IN_JAVA));
        add("structsize", 2, 2, refuse(NOT_IN_JAVA));
        add("client-eviction", 2, 2, refuse(NOT_IN_JAVA));
        new DebugValues(objects).addTo(this);
        add("help", 2, 2, HELP);
    }

    /** Adds a subcommand that takes that many arguments, DEBUG and its own name counted. */
    public DebugCommands add(String name, int minArgc, int maxArgc, Handler handler) {
        subs.put(name, new Sub(minArgc, maxArgc, handler));
        return this;
    }

    public void addTo(CommandTable commands) {
        commands.add(
                "debug", -2, ADMIN | NOSCRIPT | LOADING | STALE, Keys.NONE, 0, this::debugCommand);
    }

    /** What redis-server knows, and what would mean nothing here. */
    private static Handler refuse(ErrorReply why) {
        return call -> {
            throw why.error();
        };
    }

    /** The name is what people search stacks for, when the watchdog shows one. */
    private void debugCommand(Call call) {
        boolean allowed = enabled.is("yes") || (enabled.is("local") && call.client().isLocal());
        if (!allowed) {
            throw REFUSED.error();
        }
        Sub sub = subs.get(call.string(1).toLowerCase(Locale.ROOT));
        if (sub == null || call.argc() < sub.minArgc || call.argc() > sub.maxArgc) {
            throw Errors.words(call.shown(0), call.shown(1)).error();
        }
        sub.handler.handle(call);
    }

    /** There are no nodes of another kind for long elements whose size could be set. */
    private static void packedThreshold(Call call) {
        long bytes = Amount.parseBytes(call.string(2));
        if (bytes < 0 || bytes > MAX_PACKED_BYTES) {
            throw NOT_MEMORY.error();
        }
        call.reply().ok();
    }

    /** Replies lie in chunks that go to the socket whole, so there is nothing to hold still. */
    private static void replyBuffer(Call call) {
        String what = call.string(2).toLowerCase(Locale.ROOT);
        if (what.equals("peak-reset-time")) {
            throw NO_PEAKS.error();
        }
        if (!what.equals("resizing")) {
            throw Errors.words(call.shown(0), call.shown(1)).error();
        }
        call.reply().ok();
    }

    /** Stops the command thread, as if a command took that long. */
    private static void sleep(Call call) {
        double seconds;
        try {
            seconds = Double.parseDouble(call.string(2));
        } catch (NumberFormatException e) {
            seconds = 0;
        }
        try {
            Thread.sleep(Math.max(0, (long) (seconds * 1000)), (int) (seconds * 1e9 % 1e6));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        call.reply().ok();
    }

    /** Keys that are there already stay as they are. */
    private static void populate(Call call) {
        long count = call.longArg(2, 0, Long.MAX_VALUE, Errors.NOT_POSITIVE);
        String prefix = call.argc() > 3 ? call.string(3) : "key";
        int size =
                call.argc() > 4
                        ? (int) call.longArg(4, 0, MAX_VALUE_BYTES, Errors.NOT_POSITIVE)
                        : 0;
        int keyBytes = prefix.length() + 1 + Numbers.MAX_LONG_DIGITS;
        ByteBuf keyText = Unpooled.directBuffer(keyBytes);
        ByteBuf valueText = Unpooled.directBuffer(Math.max(size, 6 + Numbers.MAX_LONG_DIGITS));
        try {
            valueText.setZero(0, valueText.capacity());
            Key key = new Key();
            for (long i = 0; i < count; i++) {
                keyText.clear().writeCharSequence(prefix + ":" + i, StandardCharsets.ISO_8859_1);
                key.set(keyText.memoryAddress(), keyText.readableBytes());
                if (call.db().peek(key) == 0) {
                    String text = "value:" + i;
                    valueText.clear().writeCharSequence(text, StandardCharsets.ISO_8859_1);
                    int length = size == 0 ? text.length() : size;
                    call.db().setString(key, valueText.memoryAddress(), length, 0);
                }
            }
        } finally {
            keyText.release();
            valueText.release();
        }
        call.reply().ok();
    }

    private void setActiveExpire(Call call) {
        switches.activeExpire = isOne(call, 2);
        call.reply().ok();
    }

    private void pauseCron(Call call) {
        switches.cronPaused = isOne(call, 2);
        call.reply().ok();
    }

    /** As C's atoi: anything that is no number is zero. */
    static boolean isOne(Call call, int i) {
        return call.string(i).matches("\\s*[+-]?0*[1-9].*");
    }

    /** Databases are tables of segments that split alone: what there is to tell of them. */
    private static void tables(Call call) {
        long index = call.longArg(2);
        if (index < 0 || index >= call.keyspace().databases()) {
            throw OUT_OF_RANGE_DB.error();
        }
        Database db = call.keyspace().db((int) index);
        call.reply()
                .verbatim(
                        "txt",
                        Reply.ascii(
                                "[Dictionary HT]\n number of elements: "
                                        + db.size()
                                        + "\n bytes of the table: "
                                        + db.tableBytes()
                                        + "\n[Expires HT]\n number of elements: "
                                        + db.expires()
                                        + "\n"));
    }

    private static void log(Call call) {
        LOG.warn("DEBUG LOG: {}", call.string(2));
        call.reply().ok();
    }

    private static void protocol(Call call) {
        Reply reply = call.reply();
        String type = call.string(2).toLowerCase(Locale.ROOT);
        switch (type) {
            case "string" -> reply.bulk("Hello World");
            case "integer" -> reply.integer(12345);
            case "double" -> reply.doubleValue(3.141);
            case "null" -> reply.nullBulk();
            case "array" -> numbers(reply, false);
            case "set" -> numbers(reply, true);
            case "map" -> map(reply);
            case "attrib" -> attribute(reply);
            case "push" -> push(reply);
            case "verbatim" -> reply.verbatim("txt", Reply.ascii("This is a verbatim\nstring"));
            case "true" -> reply.bool(true);
            case "false" -> reply.bool(false);
            case "bignum" -> reply.bigNumber("1234567999999999999999999999999999999");
            default -> throw UNKNOWN_TYPE.error();
        }
    }

    private static void numbers(Reply reply, boolean asSet) {
        if (asSet) {
            reply.set(3);
        } else {
            reply.array(3);
        }
        for (int i = 0; i < 3; i++) {
            reply.integer(i);
        }
    }

    private static void map(Reply reply) {
        reply.map(3);
        for (int i = 0; i < 3; i++) {
            reply.integer(i);
            reply.bool(i == 1);
        }
    }

    private static void attribute(Reply reply) {
        if (reply.isResp3()) {
            reply.attribute(1);
            reply.bulk("key-popularity");
            reply.array(2);
            reply.bulk("key:123");
            reply.integer(90);
        }
        reply.bulk("Some real reply following the attribute");
    }

    private static void push(Reply reply) {
        if (!reply.isResp3()) {
            throw NOT_RESP2.error();
        }
        reply.push(2);
        reply.bulk("server-cpu-usage");
        reply.integer(42);
        reply.bulk("Some real reply following the push reply");
    }
}
