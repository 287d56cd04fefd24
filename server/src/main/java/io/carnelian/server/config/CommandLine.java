package io.carnelian.server.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The words after the program's name: {@code [redis.conf] [--option value …] [-]}, or one of the
 * flags that print something and end.
 *
 * <pre>
 *   --port 7777 --save 60 1   →  port "7777" | save "60" "1"
 *   "--port 7777"             →  port 7777
 *   --requirepass --x         →  requirepass "--x"    the word after a bare option is its
 *   --save --port 1           →  save "" | port "1"   value, except after --save
 * </pre>
 *
 * @param file the configuration file as it was given, or null
 * @param stdin whether more configuration is read from standard input: the last word is {@code -}
 * @param optionLines the options as lines of a configuration file
 */
public record CommandLine(
        Action action, @Nullable String file, boolean stdin, List<String> optionLines) {
    /** What to do. */
    public enum Action {
        RUN,
        VERSION,
        HELP,
        TEST_MEMORY,
        CHECK_SYSTEM
    }

    /** Never fails: what makes no sense as a line is found out when the line is obeyed. */
    public static CommandLine parse(String[] args) {
        if (args.length >= 1 && args[0].equals("--test-memory")) {
            return new CommandLine(Action.TEST_MEMORY, null, false, List.of());
        }
        if (args.length == 1) {
            Action action =
                    switch (args[0]) {
                        case "-v", "--version" -> Action.VERSION;
                        case "-h", "--help" -> Action.HELP;
                        case "--check-system" -> Action.CHECK_SYSTEM;
                        default -> Action.RUN;
                    };
            if (action != Action.RUN) {
                return new CommandLine(action, null, false, List.of());
            }
        }
        int from = args.length > 0 && !args[0].startsWith("-") ? 1 : 0;
        boolean stdin = args.length > 0 && args[args.length - 1].equals("-");
        int to = stdin ? args.length - 1 : args.length;
        return new CommandLine(
                Action.RUN, from == 1 ? args[0] : null, stdin, optionLines(args, from, to));
    }

    private static List<String> optionLines(String[] args, int from, int to) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        boolean complete = true;
        for (int i = from; i < to; i++) {
            String arg = bytesAsChars(args[i]);
            if (complete && arg.startsWith("--")) {
                if (!line.isEmpty()) {
                    lines.add(line.toString());
                    line.setLength(0);
                }
                line.append(arg, 2, arg.length());
                List<String> words = Words.split(line.toString());
                complete = words == null || words.size() > 1;
                if (arg.equals("--save") && (i + 1 == to || args[i + 1].startsWith("--"))) {
                    line.append(" \"\"");
                    complete = true;
                }
            } else {
                line.append(line.isEmpty() ? "" : " ").append(Words.quoted(arg));
                complete = true;
            }
        }
        if (!line.isEmpty()) {
            lines.add(line.toString());
        }
        return lines;
    }

    private static String bytesAsChars(String arg) {
        return new String(arg.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
