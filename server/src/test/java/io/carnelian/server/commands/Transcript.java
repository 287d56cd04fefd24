package io.carnelian.server.commands;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Commands with what redis-server answers, as a text file.
 *
 * <pre>
 *   # a comment, kept
 *   &gt; SET k v EX 10                     a command; {now+5} and {sec+5} stand for times
 *    +OK                                 its reply, as {@link RespText}, after a blank
 *   ~ SET k v PXAT {now+10000}           what it propagated, if anything
 *   = 1                                  its changes since the last save, if any
 *   ! advance 20                         20 ms go by
 *   ! list l                             l becomes a list
 * </pre>
 */
record Transcript(List<Step> steps) {
    private static final Pattern TIME = Pattern.compile("\\{(now|sec)([+-]\\d+)}");

    /** One command, or a directive or comment, which has no reply. */
    record Step(String line, String reply, List<String> effects, long changes) {
        boolean isCommand() {
            return line.startsWith("> ");
        }

        boolean isDirective() {
            return line.startsWith("! ");
        }

        String[] words() {
            return RespText.words(line.substring(2));
        }
    }

    static Transcript read(Path file) throws IOException {
        List<Step> steps = new ArrayList<>();
        List<String> lines = Files.readAllLines(file);
        int at = 0;
        while (at < lines.size()) {
            String line = lines.get(at++);
            String reply = "";
            List<String> effects = new ArrayList<>();
            long changes = 0;
            if (line.startsWith("> ")) {
                while (at < lines.size() && isAnswer(lines.get(at))) {
                    String answer = lines.get(at++);
                    if (answer.startsWith("~ ")) {
                        effects.add(answer.substring(2));
                    } else if (answer.startsWith("= ")) {
                        changes = Long.parseLong(answer.substring(2));
                    } else {
                        reply = answer.substring(1);
                    }
                }
            }
            steps.add(new Step(line, reply, effects, changes));
        }
        return new Transcript(steps);
    }

    /** A reply is indented by a blank, so that it cannot be taken for anything else. */
    private static boolean isAnswer(String line) {
        return line.startsWith("~ ") || line.startsWith("= ") || line.startsWith(" ");
    }

    void write(Path file) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Step step : steps) {
            text.append(step.line).append('\n');
            if (step.isCommand()) {
                text.append(' ').append(step.reply).append('\n');
                for (String effect : step.effects) {
                    text.append("~ ").append(effect).append('\n');
                }
                if (step.changes != 0) {
                    text.append("= ").append(step.changes).append('\n');
                }
            }
        }
        Files.writeString(file, text);
    }

    /** Puts a time for its placeholders. */
    static String withTimes(String text, long nowMs) {
        Matcher matcher = TIME.matcher(text);
        return matcher.replaceAll(m -> {
            boolean ms = m.group(1).equals("now");
            return Long.toString((ms ? nowMs : nowMs / 1000) + Long.parseLong(m.group(2)));
        });
    }
}
