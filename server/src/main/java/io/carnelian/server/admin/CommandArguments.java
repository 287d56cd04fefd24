package io.carnelian.server.admin;

import io.carnelian.server.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a command as COMMAND DOCS lists them, parsed from a line of syntax:
 *
 * <pre>
 *   key value [&lt;NX|XX&gt;] [GET] [&lt;EX seconds|PX milliseconds|KEEPTTL&gt;]      SET
 *   {key value}...                                                     MSET
 *
 *   lower case   an argument of that name      UPPER CASE   a word for itself, or before one
 *   [ ]          may be left out                 &lt;a|b&gt;        one of them
 *   { }          belong together                 ...          one or more
 *   name=        in front names a choice or block; behind stand ~type, #key spec, @since, and
 *                ! when the word in front of it may be repeated too
 * </pre>
 */
final class CommandArguments {
    private static final List<String> INTEGERS =
            List.of(
                    "seconds",
                    "milliseconds",
                    "count",
                    "index",
                    "offset",
                    "start",
                    "end",
                    "increment",
                    "decrement",
                    "cursor",
                    "db",
                    "index1",
                    "index2",
                    "timeout",
                    "client-id",
                    "protover",
                    "maxage",
                    "len");

    private static final String MARKS = " []<>{}|~@#=!";
    private static final List<String> KEYS = List.of("source", "destination");

    /** One argument, or several in a block or choice. */
    private static final class Argument {
        String name = "";
        String type = "string";
        @Nullable String token;
        boolean optional;
        boolean multiple;
        boolean multipleToken;
        int keySpec;
        String since = "";
        List<Argument> parts = new ArrayList<>();
    }

    private final String text;
    private int at;

    private CommandArguments(String text) {
        this.text = text;
    }

    /** Writes the array of arguments. */
    static void write(Reply reply, String syntax) {
        CommandArguments parser = new CommandArguments(syntax);
        list(reply, parser.sequence(""));
    }

    /** Arguments up to one of the closing characters. */
    private List<Argument> sequence(String closing) {
        List<Argument> found = new ArrayList<>();
        skipBlanks();
        while (at < text.length() && closing.indexOf(text.charAt(at)) < 0) {
            Argument next = one();
            Argument before = found.isEmpty() ? null : found.getLast();
            if (before != null && takesArgument(before) && !next.type.equals("pure-token")) {
                next.token = before.token;
                found.removeLast();
            }
            found.add(next);
            skipBlanks();
        }
        return found;
    }

    /** {@code TOKEN argument}: the token belongs to the argument that follows. */
    private static boolean takesArgument(Argument before) {
        return before.type.equals("pure-token") && !before.optional;
    }

    private Argument one() {
        String label = label();
        Argument argument =
                switch (text.charAt(at)) {
                    case '[' -> optional();
                    case '<' -> choice();
                    case '{' -> together(group('}'));
                    default -> word();
                };
        suffixes(argument);
        if (!label.isEmpty()) {
            argument.name = label;
        }
        return argument;
    }

    private String label() {
        int end = at;
        while (end < text.length() && MARKS.indexOf(text.charAt(end)) < 0) {
            end++;
        }
        if (end == text.length() || text.charAt(end) != '=') {
            return "";
        }
        String label = text.substring(at, end);
        at = end + 1;
        return label;
    }

    private void suffixes(Argument argument) {
        while (at < text.length()) {
            if (text.startsWith("...", at)) {
                at += 3;
                argument.multiple = true;
            } else if (text.charAt(at) == '!') {
                at++;
                argument.multipleToken = true;
            } else if (text.charAt(at) == '~') {
                argument.type = mark();
            } else if (text.charAt(at) == '@') {
                argument.since = mark();
            } else if (text.charAt(at) == '#') {
                argument.keySpec = Integer.parseInt(mark());
            } else {
                return;
            }
        }
    }

    private String mark() {
        int from = ++at;
        while (at < text.length()
                && MARKS.indexOf(text.charAt(at)) < 0
                && !text.startsWith("...", at)) {
            at++;
        }
        return text.substring(from, at);
    }

    private List<Argument> group(char close) {
        at++;
        List<Argument> parts = sequence(String.valueOf(close));
        at++;
        return parts;
    }

    private Argument optional() {
        List<Argument> parts = group(']');
        Argument argument = block(parts);
        argument.optional = true;
        return argument;
    }

    private static Argument block(List<Argument> parts) {
        return parts.size() == 1 ? parts.getFirst() : together(parts);
    }

    private static Argument together(List<Argument> parts) {
        Argument argument = new Argument();
        argument.type = "block";
        argument.name = parts.isEmpty() ? "" : parts.getFirst().name;
        argument.parts = parts;
        return argument;
    }

    private Argument choice() {
        Argument argument = new Argument();
        argument.type = "oneof";
        while (text.charAt(at) != '>') {
            at++;
            argument.parts.add(block(sequence("|>")));
        }
        at++;
        argument.name = argument.parts.getFirst().name;
        return argument;
    }

    private Argument word() {
        int from = at;
        while (at < text.length()
                && MARKS.indexOf(text.charAt(at)) < 0
                && !text.startsWith("...", at)) {
            at++;
        }
        String word = text.substring(from, at);
        Argument argument = new Argument();
        argument.name = word.toLowerCase(Locale.ROOT);
        if (!word.equals(argument.name)) {
            argument.type = "pure-token";
            argument.token = word;
        } else if (word.startsWith("key") || word.endsWith("key") || KEYS.contains(word)) {
            argument.type = "key";
        } else if (word.equals("pattern")) {
            argument.type = "pattern";
        } else if (word.startsWith("unix-time")) {
            argument.type = "unix-time";
        } else if (INTEGERS.contains(word)) {
            argument.type = "integer";
        }
        return argument;
    }

    private void skipBlanks() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
    }

    private static void flags(Reply reply, Argument argument) {
        List<String> flags = new ArrayList<>();
        if (argument.optional) {
            flags.add("optional");
        }
        if (argument.multiple) {
            flags.add("multiple");
        }
        if (argument.multipleToken) {
            flags.add("multiple_token");
        }
        reply.bulk("flags");
        reply.set(flags.size());
        for (String flag : flags) {
            reply.simple(flag);
        }
    }

    private static void list(Reply reply, List<Argument> arguments) {
        reply.array(arguments.size());
        for (Argument argument : arguments) {
            write(reply, argument);
        }
    }

    private static void write(Reply reply, Argument argument) {
        boolean key =
                argument.type.equals("key")
                        || (argument.type.equals("pattern") && argument.keySpec > 0);
        boolean flags = argument.optional || argument.multiple;
        int fields = 2 + (key ? 1 : 0) + (argument.token != null ? 1 : 0) + (flags ? 1 : 0);
        int since = argument.since.isEmpty() ? 0 : 1;
        reply.map(fields + since + (argument.parts.isEmpty() ? 0 : 1));
        reply.bulk("name");
        reply.bulk(argument.name);
        reply.bulk("type");
        reply.bulk(argument.type);
        if (key) {
            reply.bulk("key_spec_index");
            reply.integer(argument.keySpec);
        }
        if (argument.token != null) {
            reply.bulk("token");
            reply.bulk(argument.token);
        }
        if (since != 0) {
            reply.bulk("since");
            reply.bulk(argument.since);
        }
        if (flags) {
            flags(reply, argument);
        }
        if (!argument.parts.isEmpty()) {
            reply.bulk("arguments");
            list(reply, argument.parts);
        }
    }
}
