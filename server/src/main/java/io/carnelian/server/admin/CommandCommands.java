package io.carnelian.server.admin;

import static io.carnelian.server.command.Categories.CONNECTION;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.Categories;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Flags;
import io.carnelian.server.command.Keys;
import io.carnelian.server.config.Words;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Output;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * COMMAND: the command table as clients read it, to find the keys that decide where a request is
 * sent, and to complete what a user types. The table knows names, arity, flags and key positions;
 * summaries and arguments come from {@link CommandDocs}.
 */
public final class CommandCommands {
    private static final ErrorReply BAD_ARGUMENTS =
            ErrorReply.of("ERR Invalid arguments specified for command");
    private static final ErrorReply NO_SUCH = ErrorReply.of("ERR Invalid command specified");
    private static final ErrorReply NO_KEYS = ErrorReply.of("ERR The command has no key arguments");
    private static final ErrorReply BAD_ARITY =
            ErrorReply.of("ERR Invalid number of arguments specified for command");
    private static final String NOT_KEY = "not_key";
    private static final int RESP3 = 1;
    private static final int DOCS = 2;
    private static final Token FILTERBY = Token.of("FILTERBY");
    private static final Token MODULE = Token.of("MODULE");
    private static final Token ACLCAT = Token.of("ACLCAT");
    private static final Token PATTERN = Token.of("PATTERN");

    private static final String[] HELP = {
        "(no subcommand)",
        "    Everything that clients need to know of all commands.",
        "COUNT",
        "    How many commands there are.",
        "LIST [FILTERBY <MODULE|ACLCAT|PATTERN> <value>]",
        "    The names of all commands, or of those that fit.",
        "INFO [<command-name> ...]",
        "    What clients need to know of these commands, or of all.",
        "DOCS [<command-name> ...]",
        "    What people need to know of these commands, or of all.",
        "GETKEYS <full-command>",
        "    Which arguments of this command are keys.",
        "GETKEYSANDFLAGS <full-command>",
        "    The same, and what happens to each key.",
    };

    private final CommandTable commands;
    private final CommandDocs docs = new CommandDocs();

    /** The whole replies to COMMAND and to COMMAND DOCS, each in RESP2 and RESP3, once made. */
    private byte @Nullable [][] whole;

    public CommandCommands(CommandTable commands) {
        this.commands = commands;
    }

    public void addTo(CommandTable table) {
        int flags = LOADING | STALE;
        Command command = table.add("command", -1, flags, Keys.NONE, CONNECTION, this::all);
        command.sub("count", 2, flags, Keys.NONE, CONNECTION, this::count);
        command.sub("list", -2, flags, Keys.NONE, CONNECTION, this::list);
        command.sub("info", -2, flags, Keys.NONE, CONNECTION, this::info);
        command.sub("docs", -2, flags, Keys.NONE, CONNECTION, this::docs);
        command.sub("getkeys", -4, flags, Keys.NONE, CONNECTION, call -> getKeys(call, false));
        command.sub(
                "getkeysandflags", -4, flags, Keys.NONE, CONNECTION, call -> getKeys(call, true));
        command.sub("help", 2, flags, Keys.NONE, CONNECTION, HelpText.of("COMMAND", HELP));
    }

    /**
     * Makes the replies that are about all commands, once and for all: redis-cli and many clients
     * ask for them when they connect, and to put them together takes milliseconds for which
     * everybody else would wait. On any thread, when the table is complete; what is returned puts
     * them into use, on the command thread.
     */
    public Runnable prepare(ByteBufAllocator allocator) {
        byte[][] made = new byte[4][];
        CommandCommands ofThisThread = new CommandCommands(commands);
        for (int i = 0; i < made.length; i++) {
            Output output = new Output(allocator);
            Reply reply = new Reply(new Output(allocator));
            reply.target(output, (i & RESP3) != 0);
            if ((i & DOCS) != 0) {
                ofThisThread.document(reply, commands.all());
            } else {
                ofThisThread.describeAll(reply);
            }
            made[i] = bytes(output);
        }
        return () -> whole = made;
    }

    private static byte[] bytes(Output output) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (ByteBuf chunk = output.take(); chunk != null; chunk = output.take()) {
            byte[] part = new byte[chunk.readableBytes()];
            chunk.readBytes(part);
            all.writeBytes(part);
            chunk.release();
        }
        return all.toByteArray();
    }

    /** Whether the reply was there already. */
    private boolean replyWhole(Reply reply, int what) {
        byte[][] made = whole;
        if (made == null) {
            return false;
        }
        reply.output().bytes(made[what | (reply.isResp3() ? RESP3 : 0)]);
        return true;
    }

    private void all(Call call) {
        if (!replyWhole(call.reply(), 0)) {
            describeAll(call.reply());
        }
    }

    private void describeAll(Reply reply) {
        reply.array(commands.size());
        for (Command command : commands.all()) {
            describe(reply, command);
        }
    }

    private void count(Call call) {
        call.reply().integer(commands.size());
    }

    private void info(Call call) {
        if (call.argc() == 2) {
            all(call);
            return;
        }
        call.reply().array(call.argc() - 2);
        for (int i = 2; i < call.argc(); i++) {
            Command command = commands.named(call.string(i));
            if (command == null) {
                call.reply().nullBulk();
            } else {
                describe(call.reply(), command);
            }
        }
    }

    private void list(Call call) {
        List<String> names = new ArrayList<>();
        if (call.argc() == 2) {
            for (Command command : commands.withSubcommands()) {
                names.add(command.fullName());
            }
        } else if (call.argc() == 5 && call.is(2, FILTERBY)) {
            filter(call, names);
        } else {
            throw Errors.syntax();
        }
        call.reply().array(names.size());
        for (String name : names) {
            call.reply().bulk(name);
        }
    }

    private void filter(Call call, List<String> to) {
        String wanted = call.string(4);
        if (call.is(3, MODULE)) {
            return;
        }
        boolean byCategory = call.is(3, ACLCAT);
        if (!byCategory && !call.is(3, PATTERN)) {
            throw Errors.syntax();
        }
        int category = byCategory ? categoryBit(wanted) : 0;
        for (Command command : commands.withSubcommands()) {
            boolean fits =
                    byCategory
                            ? (command.categories() & category) != 0
                            : Words.matches(wanted, command.fullName());
            if (fits) {
                to.add(command.fullName());
            }
        }
    }

    private static int categoryBit(String name) {
        for (int bit = 0; bit < Categories.count(); bit++) {
            if (Categories.name(bit).equals(name.toLowerCase(Locale.ROOT))) {
                return 1 << bit;
            }
        }
        return 0;
    }

    private void describe(Reply reply, Command command) {
        CommandDocs.Doc doc = docs.find(command.fullName());
        Keys keys = command.keys();
        reply.array(10);
        reply.bulk(command.fullName());
        reply.integer(command.arity());
        int shown = command.flags() & ~Flags.MAY_REPLICATE;
        reply.set(Integer.bitCount(shown));
        for (int bit = 0; bit < Flags.count(); bit++) {
            if ((shown & 1 << bit) != 0) {
                reply.simple(Flags.name(bit));
            }
        }
        reply.integer(keys.first());
        reply.integer(keys.last());
        reply.integer(keys.step());
        reply.set(Integer.bitCount(command.categories()));
        for (int bit = 0; bit < Categories.count(); bit++) {
            if ((command.categories() & 1 << bit) != 0) {
                reply.simple("@" + Categories.name(bit));
            }
        }
        List<String> tips = doc == null ? List.of() : doc.tips();
        reply.set(tips.size());
        for (String tip : tips) {
            reply.bulk(tip);
        }
        KeySpecs.write(reply, keys, keyFlags(command));
        subcommands(reply, command.subcommands());
    }

    /** None are an empty set, some are an array: so it is in Redis. */
    private void subcommands(Reply reply, List<Command> subcommands) {
        if (subcommands.isEmpty()) {
            reply.set(0);
            return;
        }
        reply.array(subcommands.size());
        for (Command sub : subcommands) {
            describe(reply, sub);
        }
    }

    private List<List<String>> keyFlags(Command command) {
        CommandDocs.Doc doc = docs.find(command.fullName());
        if (doc != null && !doc.keyFlags().isEmpty()) {
            return doc.keyFlags();
        }
        return command.is(Flags.WRITE)
                ? List.of(List.of("RW", "access", "update"))
                : List.of(List.of("RO", "access"));
    }

    private void getKeys(Call call, boolean withFlags) {
        Command command = commandIn(call);
        if (command == null) {
            throw NO_SUCH.error();
        }
        List<List<String>> flags = VariableKeyFlags.of(call, command.name(), keyFlags(command));
        Keys keys = command.keys();
        if ((keys.first() == 0 && keys.countAt() == 0) || flags.getFirst().contains(NOT_KEY)) {
            throw NO_KEYS.error();
        }
        int argc = call.argc() - 2;
        if (!command.accepts(argc)) {
            throw BAD_ARITY.error();
        }
        List<Integer> positions =
                keys.countAt() != 0 ? countedPositions(call, keys) : positions(keys, argc);
        if (!VariableKeyFlags.addOptional(call, command.name(), positions)) {
            throw BAD_ARGUMENTS.error();
        }
        Reply reply = call.reply();
        reply.array(positions.size());
        for (int i = 0; i < positions.size(); i++) {
            int position = positions.get(i) + 2;
            if (withFlags) {
                reply.array(2);
            }
            reply.bulk(call.address(position), call.length(position));
            if (withFlags) {
                KeySpecs.words(reply, flags.get(Math.min(i, flags.size() - 1)));
            }
        }
    }

    private @Nullable Command commandIn(Call call) {
        Command command = commands.find(call.string(2));
        return command != null && command.isContainer()
                ? commands.named(command.name() + "|" + call.string(3))
                : command;
    }

    private static List<Integer> positions(Keys keys, int argc) {
        int last = keys.last() < 0 ? argc + keys.last() : keys.last();
        List<Integer> positions = new ArrayList<>();
        for (int i = keys.first(); i <= last && i < argc; i += keys.step()) {
            positions.add(i);
        }
        return positions;
    }

    private static List<Integer> countedPositions(Call call, Keys keys) {
        int countAt = keys.countAt();
        long most = call.argc() - 3L - countAt;
        long count = call.longArg(countAt + 2, 1, most, BAD_ARGUMENTS);
        List<Integer> positions = new ArrayList<>();
        for (int i = keys.first(); i > 0 && i < countAt; i++) {
            positions.add(i);
        }
        for (int i = 1; i <= count; i++) {
            positions.add(countAt + i);
        }
        return positions;
    }

    private void docs(Call call) {
        if (call.argc() == 2) {
            if (!replyWhole(call.reply(), DOCS)) {
                document(call.reply(), commands.all());
            }
            return;
        }
        List<Command> wanted = new ArrayList<>();
        for (int i = 2; i < call.argc(); i++) {
            Command command = commands.named(call.string(i));
            if (command != null) {
                wanted.add(command);
            }
        }
        document(call.reply(), wanted);
    }

    private void document(Reply reply, Collection<Command> wanted) {
        reply.map(wanted.size());
        for (Command command : wanted) {
            reply.bulk(command.fullName());
            document(reply, command);
        }
    }

    private void document(Reply reply, Command command) {
        CommandDocs.Doc doc = docs.find(command.fullName());
        List<Command> subs = command.subcommands();
        String arguments = doc == null ? "" : doc.arguments();
        CommandDocs.Note note = docs.note(command.fullName());
        int notes = note == null ? 0 : note.replacedBy().isEmpty() ? 1 : 3;
        boolean complexity = doc != null && !doc.complexity().isEmpty();
        int common = (doc == null ? 0 : complexity ? 4 : 3) + (arguments.isEmpty() ? 0 : 1);
        reply.map(common + notes + (subs.isEmpty() ? 0 : 1));
        if (doc != null) {
            field(reply, "summary", doc.summary());
            field(reply, "since", doc.since());
            field(reply, "group", doc.group());
            if (complexity) {
                field(reply, "complexity", doc.complexity());
            }
        }
        if (note != null) {
            document(reply, note);
        }
        if (!arguments.isEmpty()) {
            reply.bulk("arguments");
            CommandArguments.write(reply, arguments);
        }
        if (!subs.isEmpty()) {
            reply.bulk("subcommands");
            document(reply, subs);
        }
    }

    private static void document(Reply reply, CommandDocs.Note note) {
        reply.bulk("doc_flags");
        KeySpecs.words(reply, List.of(note.flag()));
        if (!note.replacedBy().isEmpty()) {
            field(reply, "deprecated_since", note.deprecatedSince());
            field(reply, "replaced_by", note.replacedBy());
        }
    }

    private static void field(Reply reply, String name, String value) {
        reply.bulk(name);
        reply.bulk(value);
    }
}
