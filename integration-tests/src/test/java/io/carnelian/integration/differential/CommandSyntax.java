package io.carnelian.integration.differential;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The syntax of a command as the Redis documentation writes it, and a generator of commands that
 * obey it.
 *
 * <pre>
 *   SET key value [NX|XX] [GET] [EX seconds|PX milliseconds|KEEPTTL]
 *   MSET (key value)...
 *   LCS key key [LEN|IDX [MINMATCHLEN integer]]
 * </pre>
 *
 * Upper case is a literal, lower case a type of {@link ArgumentSource}; {@code [a|b]} is at most
 * one of them, {@code <a|b>} exactly one, {@code (x y)} a group; {@code ...} repeats what precedes
 * it one to four times. Neighbouring optional parts come in any order, as Redis takes them.
 */
final class CommandSyntax {
    private static final Pattern TOKEN = Pattern.compile("\\.\\.\\.|[\\[\\]<>()|]|[\\w-]+");
    private static final int MOST_REPEATS = 4;

    private final Group whole;

    private sealed interface Part {
        void generate(ArgumentSource source, List<byte[]> into);
    }

    private record Literal(String word) implements Part {
        @Override
        public void generate(ArgumentSource source, List<byte[]> into) {
            into.add(source.literal(word));
        }
    }

    private record Typed(String type) implements Part {
        @Override
        public void generate(ArgumentSource source, List<byte[]> into) {
            into.add(source.next(type));
        }
    }

    private record Choice(boolean optional, List<Part> alternatives) implements Part {
        @Override
        public void generate(ArgumentSource source, List<byte[]> into) {
            if (!optional || source.chance(0.5)) {
                int index = source.random().nextInt(alternatives.size());
                alternatives.get(index).generate(source, into);
            }
        }
    }

    private record Repeat(Part part) implements Part {
        @Override
        public void generate(ArgumentSource source, List<byte[]> into) {
            int times = source.random().nextInt(1, MOST_REPEATS + 1);
            for (int i = 0; i < times; i++) {
                part.generate(source, into);
            }
        }
    }

    private record Group(List<Part> parts) implements Part {
        @Override
        public void generate(ArgumentSource source, List<byte[]> into) {
            List<Part> optional = new ArrayList<>();
            for (Part part : parts) {
                if (part instanceof Choice choice && choice.optional()) {
                    optional.add(choice);
                } else {
                    part.generate(source, into);
                }
            }
            Collections.shuffle(optional, new Random(source.random().nextLong()));
            for (Part part : optional) {
                part.generate(source, into);
            }
        }
    }

    private CommandSyntax(Group whole) {
        this.whole = whole;
    }

    static CommandSyntax parse(String text) {
        Deque<String> tokens = new ArrayDeque<>();
        Matcher matcher = TOKEN.matcher(text);
        while (matcher.find()) {
            tokens.add(matcher.group());
        }
        return new CommandSyntax(group(tokens));
    }

    /** A command with its arguments. */
    List<byte[]> generate(ArgumentSource source) {
        List<byte[]> arguments = new ArrayList<>();
        whole.generate(source, arguments);
        return arguments;
    }

    /** Only optional parts, to be put after a command that may have them already. */
    List<byte[]> generateOptions(ArgumentSource source) {
        List<byte[]> arguments = new ArrayList<>();
        for (Part part : whole.parts()) {
            if (part instanceof Choice choice && choice.optional()) {
                choice.generate(source, arguments);
            }
        }
        return arguments;
    }

    private static Group group(Deque<String> tokens) {
        List<Part> parts = new ArrayList<>();
        while (!tokens.isEmpty() && !"])>|".contains(tokens.element())) {
            Part part = part(tokens);
            if ("...".equals(tokens.peek())) {
                tokens.remove();
                part = new Repeat(part);
            }
            parts.add(part);
        }
        return new Group(parts);
    }

    private static Part part(Deque<String> tokens) {
        String token = tokens.remove();
        return switch (token) {
            case "[" -> choice(true, tokens);
            case "<" -> choice(false, tokens);
            case "(" -> {
                Group inner = group(tokens);
                tokens.remove();
                yield inner;
            }
            default ->
                    Character.isLowerCase(token.charAt(0)) ? new Typed(token) : new Literal(token);
        };
    }

    private static Choice choice(boolean optional, Deque<String> tokens) {
        List<Part> alternatives = new ArrayList<>();
        do {
            alternatives.add(group(tokens));
        } while (tokens.remove().equals("|"));
        return new Choice(optional, alternatives);
    }
}
