package io.carnelian.aof.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads the commands of a file, and the lines between them, one after the other; says at the end
 * how far it is whole.
 *
 * <pre>
 *   file    ...│SET a 1│#TS:17│MULTI│INCR b│EXEC│MULTI│INC          end of the file
 *   told       command annot. command ...  ...  command
 *   wholeEnd                                    ▲     dropped: 2, MULTI and what began behind it
 *
 *   window  │ told already │ the record being read │ room │         outside the heap
 *                          └ start                 └ limit
 * </pre>
 *
 * Whoever reads asks {@link #next} until it says END. At INPUT everything that the window holds has
 * been told: views of arguments hold until {@link #fill}, so many commands can be run as a batch.
 * {@link #step} does both.
 *
 * <p>A file may claim anything: counts and lengths have limits, and the window grows with the bytes
 * that are there. Nothing is allocated for a command; its arguments are places in the window.
 *
 * <p>A record that is cut off is a truncated tail, and so are commands behind a MULTI without its
 * EXEC, and zeros up to the end of the file: it was made longer, and the power went before the
 * bytes were on the disk. Everything else that no server writes is damage. If a position line's sum
 * does not fit, the damage is somewhere between it and the one before it.
 */
public final class AofReader {
    /** What came next. */
    public enum Step {
        /** A command, whole: {@link #argc}, {@link #argIndex}, {@link #argLength}. */
        COMMAND,
        /** A line: {@link #annotation}. */
        ANNOTATION,
        /** Nothing until {@link #fill}. */
        INPUT,
        /** No more: {@link #verdict}. */
        END
    }

    /** How it ended. */
    public enum Verdict {
        WHOLE,
        /** Bytes are missing at the end. */
        TRUNCATED,
        /** Bytes are wrong. */
        DAMAGED
    }

    /**
     * What a file may claim.
     *
     * @param maxArgs most arguments of a command
     * @param maxArgBytes longest argument
     */
    public record Limits(int maxArgs, int maxArgBytes) {
        /** What the server accepts from its clients. */
        public static final Limits OF_REQUESTS = new Limits(1 << 20, Integer.MAX_VALUE - 1024);
    }

    private static final int WINDOW_BYTES = 256 * 1024;
    private static final int MAX_WINDOW_BYTES = Integer.MAX_VALUE - 16;
    private static final int FIRST_ARGS = 64;
    private static final int MAX_DIGITS = 18;

    private final ReadableByteChannel in;
    private final long fileBytes;
    private final Limits limits;
    private final boolean verify;
    private final ByteBuffer usual;
    private final CRC32C sum = new CRC32C();

    private ByteBuffer window;
    private long windowStart;
    private int start;
    private int at;
    private int limit;
    private int summedTo;
    private boolean inputEnded;

    /** The record at {@code start} has been told and ends at {@code at}. */
    private boolean told;

    /** Arguments still missing of the command being read; -1: its header was not read. */
    private int missing = -1;

    /** Length of the argument being read; -1: its header was not read. */
    private int bulk = -1;

    /** Offset behind {@code start} and length of each argument, two a piece. */
    private int[] args = new int[2 * FIRST_ARGS];

    private int argc;
    private long number;
    private @Nullable Annotation annotation;

    private boolean inTransaction;
    private long wholeEnd;
    private long vouchedEnd;
    private long stretchStart;
    private long commands;
    private long dropped;
    private long lines = 1;

    /** What is wrong where zeros begin, should anything else follow; empty while nothing is. */
    private String doubt = "";

    private long doubtOffset;

    private @Nullable Verdict verdict;
    private String reason = "";
    private long reasonOffset;

    /**
     * @param in stands at offset {@code from} of the file
     * @param from where commands begin: behind an RDB preamble, or 0. Sums begin here
     * @param fileBytes how long the file is, 0 if that is not known: for sizing the window only
     * @param verify whether sums of position lines are compared
     */
    public AofReader(
            ReadableByteChannel in, long from, long fileBytes, Limits limits, boolean verify) {
        this(in, from, fileBytes, limits, verify, WINDOW_BYTES);
    }

    AofReader(
            ReadableByteChannel in,
            long from,
            long fileBytes,
            Limits limits,
            boolean verify,
            int windowBytes) {
        this.in = in;
        this.fileBytes = fileBytes;
        this.limits = limits;
        this.verify = verify;
        this.usual = ByteBuffer.allocateDirect(windowBytes);
        this.window = usual;
        this.windowStart = from;
        this.wholeEnd = from;
        this.vouchedEnd = from;
        this.stretchStart = from;
        this.reasonOffset = from;
    }

    /** {@link #next}, filling the window as needed: never INPUT. */
    public Step step() throws IOException {
        Step step = next();
        while (step == Step.INPUT) {
            fill();
            step = next();
        }
        return step;
    }

    /** Tells the next record. */
    public Step next() {
        if (verdict != null) {
            return Step.END;
        }
        if (!doubt.isEmpty()) {
            return zeros();
        }
        leave();
        if (start == limit) {
            return inputEnded ? end() : Step.INPUT;
        }
        return switch (window.get(start)) {
            case '*' -> command();
            case '#' -> line();
            default -> wrong(start, start, "expected '*' or '#', got " + shown(window.get(start)));
        };
    }

    /** Reads more of the file. Views of arguments end here. */
    public void fill() throws IOException {
        leave();
        sumUpTo(start);
        int kept = limit - start;
        long needed = bulk < 0 ? kept + 1L : (long) at - start + bulk + 2;
        if (needed > MAX_WINDOW_BYTES) {
            damaged(start, "a command of more than " + MAX_WINDOW_BYTES + " bytes");
            return;
        }
        boolean large = window.capacity() > usual.capacity();
        if (kept == window.capacity()) {
            moveTo(ByteBuffer.allocateDirect(grown(needed)), kept);
        } else if (large && needed <= usual.capacity()) {
            moveTo(usual, kept);
        } else if (start > 0) {
            moveTo(window, kept);
        }
        window.limit(window.capacity()).position(limit);
        int read = in.read(window);
        window.clear();
        if (read < 0) {
            inputEnded = true;
        } else {
            limit += read;
        }
    }

    /** The record being read goes to the front of a window. */
    private void moveTo(ByteBuffer to, int kept) {
        to.clear();
        to.put(0, window, start, kept);
        window = to;
        windowStart += start;
        at -= start;
        summedTo -= start;
        start = 0;
        limit = kept;
    }

    /** Twice as much, or what the argument needs if the file is as long as it says. */
    private int grown(long needed) {
        long twice = Math.min(2L * window.capacity(), MAX_WINDOW_BYTES);
        boolean there = windowStart + start + needed <= fileBytes;
        return (int) (there ? Math.max(twice, needed) : twice);
    }

    /** The window: arguments and records are places in it. Absolute gets only. */
    public ByteBuffer buffer() {
        return window;
    }

    /** How many arguments the command has, its name included. */
    public int argc() {
        return argc;
    }

    /** Where an argument begins in {@link #buffer}. */
    public int argIndex(int i) {
        return start + args[2 * i];
    }

    public int argLength(int i) {
        return args[2 * i + 1];
    }

    /** A copy of an argument. */
    public byte[] arg(int i) {
        byte[] copy = new byte[argLength(i)];
        window.get(argIndex(i), copy);
        return copy;
    }

    /** Whether an argument is this word of capital ASCII letters, in whatever case. */
    public boolean argIs(int i, String word) {
        if (argLength(i) != word.length()) {
            return false;
        }
        for (int c = 0; c < word.length(); c++) {
            if ((window.get(argIndex(i) + c) & ~0x20) != word.charAt(c)) {
                return false;
            }
        }
        return true;
    }

    /** The line told last. */
    public Annotation annotation() {
        Annotation line = annotation;
        if (line == null) {
            throw new IllegalStateException("no line was read");
        }
        return line;
    }

    /** Offset in the file of the record told last; at the end, of what it ended with. */
    public long startOffset() {
        return windowStart + start;
    }

    /** Offset in the file behind the record told last. */
    public long endOffset() {
        return windowStart + at;
    }

    /** Where the record told last begins in {@link #buffer}. */
    public int startIndex() {
        return start;
    }

    /** Where the record told last ends in {@link #buffer}. */
    public int endIndex() {
        return at;
    }

    /** Whether the last command belongs to a transaction that has not ended with it. */
    public boolean inTransaction() {
        return inTransaction;
    }

    /** Offset behind the last whole record outside of transactions: where a tail is cut off. */
    public long wholeEnd() {
        return wholeEnd;
    }

    /** Commands told so far. */
    public long commands() {
        return commands;
    }

    /** Commands behind {@link #wholeEnd}, with the one that is cut off. */
    public long dropped() {
        return dropped;
    }

    /** Ends of lines read so far, counted from 1 and as redis-check-aof counts them. */
    public long lines() {
        return lines;
    }

    /** How it ended, or null before the end. */
    public @Nullable Verdict verdict() {
        return verdict;
    }

    /** What is wrong, in words; empty if nothing is. */
    public String reason() {
        return reason;
    }

    /** Offset in the file of what is wrong. */
    public long reasonOffset() {
        return reasonOffset;
    }

    private void leave() {
        if (told) {
            told = false;
            start = at;
        }
    }

    private Step command() {
        if (missing < 0) {
            if (!header('*')) {
                return starved();
            }
            if (number < 1 || number > limits.maxArgs()) {
                return damaged(start, "a command of " + number + " arguments");
            }
            missing = (int) number;
            argc = 0;
        }
        while (missing > 0) {
            if (!argument()) {
                return starved();
            }
        }
        missing = -1;
        return whole();
    }

    /** Reads one argument; false if it is not whole, or damaged. */
    private boolean argument() {
        if (bulk < 0) {
            int from = at;
            if (!header('$')) {
                return false;
            }
            if (number > limits.maxArgBytes()) {
                damaged(from, "an argument of " + number + " bytes");
                return false;
            }
            bulk = (int) number;
        }
        if (limit - at < bulk + 2L) {
            return false;
        }
        byte cr = window.get(at + bulk);
        byte lf = window.get(at + bulk + 1);
        if (cr != '\r' || lf != '\n') {
            int end = at + bulk;
            wrong(
                    end,
                    cr == '\r' ? end + 1 : end,
                    "Expected \\r\\n, got: %02x%02x".formatted(cr, lf));
            return false;
        }
        if (2 * argc == args.length) {
            args = Arrays.copyOf(args, 4 * argc);
        }
        args[2 * argc] = at - start;
        args[2 * argc + 1] = bulk;
        argc++;
        lines++;
        at += bulk + 2;
        bulk = -1;
        missing--;
        return true;
    }

    /**
     * Reads | prefix | digits | CR | LF | into {@code number}; false if that is not whole, or
     * damaged.
     */
    private boolean header(char prefix) {
        if (at == limit) {
            return false;
        }
        if (window.get(at) != prefix) {
            wrong(at, at, "Expected prefix '" + prefix + "', got: " + shown(window.get(at)));
            return false;
        }
        long v = 0;
        int i = at + 1;
        while (i < limit) {
            int digit = window.get(i) - '0';
            if (digit < 0 || digit > 9 || i - at > MAX_DIGITS) {
                break;
            }
            v = v * 10 + digit;
            i++;
        }
        if (i == limit) {
            return false;
        }
        boolean cr = window.get(i) == '\r' && i > at + 1;
        if (cr && i + 1 == limit) {
            return false;
        }
        if (!cr || window.get(i + 1) != '\n') {
            wrong(at, cr ? i + 1 : i, "expected a number and \\r\\n behind '" + prefix + "'");
            return false;
        }
        number = v;
        at = i + 2;
        lines++;
        return true;
    }

    private Step whole() {
        commands++;
        if (argIs(0, "MULTI")) {
            if (inTransaction) {
                return damaged(start, "Unexpected MULTI");
            }
            inTransaction = true;
        } else if (argIs(0, "EXEC")) {
            if (!inTransaction) {
                return damaged(start, "Unexpected EXEC");
            }
            inTransaction = false;
        }
        told = true;
        if (inTransaction) {
            dropped++;
        } else {
            settled();
        }
        return Step.COMMAND;
    }

    private void settled() {
        wholeEnd = windowStart + at;
        dropped = 0;
    }

    private Step line() {
        int i = at;
        while (i < limit && window.get(i) != '\n' && i - start < Annotation.MAX_READ_BYTES) {
            i++;
        }
        at = i;
        if (i - start >= Annotation.MAX_READ_BYTES) {
            return wrong(
                    start, i - 1, "a line of more than " + Annotation.MAX_READ_BYTES + " bytes");
        }
        if (i == limit) {
            return starved();
        }
        at = i + 1;
        Annotation read = Annotation.parse(window, start, at);
        annotation = read;
        if (verify && read instanceof Annotation.Position position) {
            sumUpTo(start);
            if (position.hasSum() && position.sum() != sum.getValue()) {
                wholeEnd = vouchedEnd;
                return damaged(
                        start,
                        "bytes %d to %d are not what was written: their checksum is %08x, not %08x"
                                .formatted(
                                        stretchStart,
                                        startOffset(),
                                        sum.getValue(),
                                        position.sum()));
            }
            sum.reset();
            summedTo = at;
            stretchStart = windowStart + at;
        }
        told = true;
        if (!inTransaction) {
            settled();
        }
        if (stretchStart == windowStart + at) {
            vouchedEnd = wholeEnd;
        }
        return Step.ANNOTATION;
    }

    private void sumUpTo(int index) {
        if (verify && summedTo < index) {
            window.limit(index).position(summedTo);
            sum.update(window);
            window.clear();
            summedTo = index;
        }
    }

    private Step starved() {
        if (verdict != null) {
            return Step.END;
        }
        if (!inputEnded) {
            return Step.INPUT;
        }
        if (window.get(start) != '#') {
            dropped++;
        }
        return ended(Verdict.TRUNCATED, windowStart + limit, "the file ends inside a record");
    }

    private Step end() {
        long end = windowStart + limit;
        return inTransaction
                ? ended(Verdict.TRUNCATED, end, "Reached EOF before reading EXEC for MULTI")
                : ended(Verdict.WHOLE, end, "");
    }

    private Step damaged(int index, String why) {
        return ended(Verdict.DAMAGED, windowStart + index, why);
    }

    /**
     * Damage, unless it begins with zeros and nothing else follows.
     *
     * @param index where the damage is told to be
     * @param first index of the first byte that is wrong
     */
    private Step wrong(int index, int first, String why) {
        if (window.get(first) != 0) {
            return damaged(index, why);
        }
        doubt = why;
        doubtOffset = windowStart + index;
        if (first > start && window.get(start) == '*') {
            dropped++;
        }
        at = first;
        bulk = -1;
        return zeros();
    }

    /** Goes on behind zeros; nothing of them is kept in the window. */
    private Step zeros() {
        while (at < limit && window.get(at) == 0) {
            at++;
        }
        start = at;
        if (at < limit) {
            return ended(Verdict.DAMAGED, doubtOffset, doubt);
        }
        return inputEnded
                ? ended(Verdict.TRUNCATED, doubtOffset, doubt + ", and only zeros up to the end")
                : Step.INPUT;
    }

    private Step ended(Verdict how, long offset, String why) {
        verdict = how;
        reason = why;
        reasonOffset = offset;
        return Step.END;
    }

    private static String shown(byte b) {
        return b >= ' ' && b < 127 ? "'" + (char) b + "'" : "0x%02x".formatted(b);
    }
}
