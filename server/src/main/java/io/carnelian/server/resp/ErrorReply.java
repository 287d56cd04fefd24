package io.carnelian.server.resp;

import java.nio.charset.StandardCharsets;

/**
 * One error line with Redis's exact text, made once. The first word is the code that INFO's
 * errorstats count by. Thrown through {@link #error()} from argument parsing, or written by {@link
 * Reply#error(ErrorReply)}.
 */
public final class ErrorReply {
    private final byte[] line;
    private final String text;
    private final CommandError error;

    private ErrorReply(String text) {
        this.text = text;
        String clean = withoutLineEnds(text);
        this.line = ("-" + clean + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        this.error = new CommandError(this);
    }

    /**
     * {@code text} is the whole line without the leading minus, each char one byte: {@code "ERR
     * syntax error"}.
     */
    public static ErrorReply of(String text) {
        return new ErrorReply(text);
    }

    /** Line ends around the text are dropped, those inside become blanks, as in Redis. */
    private static String withoutLineEnds(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isLineEnd(text.charAt(from))) {
            from++;
        }
        while (to > from && isLineEnd(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to).replace('\r', ' ').replace('\n', ' ');
    }

    private static boolean isLineEnd(char c) {
        return c == '\r' || c == '\n';
    }

    /** The reply as it goes to the wire, with minus and CRLF. Not to be changed by the caller. */
    public byte[] line() {
        return line;
    }

    /** The code: the first word of the text. */
    public String code() {
        int blank = text.indexOf(' ');
        return blank < 0 ? text : text.substring(0, blank);
    }

    public String text() {
        return text;
    }

    /** The stackless exception of this error; always the same object. */
    public CommandError error() {
        return error;
    }

    @Override
    public String toString() {
        return text;
    }
}
