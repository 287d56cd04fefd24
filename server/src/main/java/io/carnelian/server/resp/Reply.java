package io.carnelian.server.resp;

import io.carnelian.server.memory.Memory;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Writes replies in RESP2 or RESP3, whichever the client chose by HELLO, into its {@link Output}.
 * There is no tree of reply objects: a handler writes the header of an array and then its elements.
 * Types that RESP2 lacks fall back as Redis does: a map is a flat array, a set an array, a double a
 * bulk string, a boolean 1 or 0, null {@code $-1}.
 *
 * <p>A reply may be switched off ({@link #mute}): CLIENT REPLY OFF, and effects applied from a
 * primary.
 *
 * <p>Source: https://redis.io/docs/latest/develop/reference/protocol-spec/. Command thread only.
 */
public final class Reply {
    private static final byte[] OK = ascii("+OK\r\n");
    private static final byte[] PONG = ascii("+PONG\r\n");
    private static final byte[] QUEUED = ascii("+QUEUED\r\n");
    private static final byte[] NULL_BULK = ascii("$-1\r\n");
    private static final byte[] NULL_ARRAY = ascii("*-1\r\n");
    private static final byte[] NULL3 = ascii("_\r\n");
    private static final byte[] TRUE3 = ascii("#t\r\n");
    private static final byte[] FALSE3 = ascii("#f\r\n");
    private static final short CRLF = (short) ('\r' | ('\n' << 8));
    private static final int INLINE_BULK = 4096;

    /** Integers below are exact as doubles, and printed without an exponent. */
    private static final double PLAIN_INTEGERS = 1e15;

    private Output out;
    private final Output discard;
    private boolean resp3;
    private long errors;

    public Reply(Output discard) {
        this.discard = discard;
        this.out = discard;
    }

    /** Directs what follows to a client's output, in its protocol version. */
    public void target(Output output, boolean useResp3) {
        out = output;
        resp3 = useResp3;
    }

    /** Directs what follows to nowhere; call {@link #dropMuted} now and then. */
    public void mute() {
        out = discard;
    }

    /** Whether what is written goes nowhere. */
    public boolean isMuted() {
        return out == discard;
    }

    /** Frees what was written while muted. */
    public void dropMuted() {
        discard.discard();
    }

    public Output output() {
        return out;
    }

    public boolean isResp3() {
        return resp3;
    }

    /**
     * Number of error replies written so far: {@code call} compares it to see whether a command
     * failed.
     */
    public long errors() {
        return errors;
    }

    /** Where the reply stands, for {@link #takeBack}. */
    public long mark() {
        return out.pendingBytes();
    }

    /** Forgets what was written since the mark: an error takes its place. */
    public void takeBack(long mark) {
        out.takeBack(mark);
    }

    public void ok() {
        out.bytes(OK);
    }

    public void pong() {
        out.bytes(PONG);
    }

    public void queued() {
        out.bytes(QUEUED);
    }

    /** A prepared reply, CRLF included. */
    public void raw(byte[] bytes) {
        out.bytes(bytes);
    }

    public void simple(String text) {
        out.bytes(ascii("+" + text + "\r\n"));
    }

    public void error(ErrorReply error) {
        errors++;
        lastError = error;
        out.bytes(error.line());
    }

    private ErrorReply lastError = Errors.SYNTAX;

    /** The error written last; meaningful after {@link #errors} grew. */
    public ErrorReply lastError() {
        return lastError;
    }

    public void integer(long v) {
        header((byte) ':', v);
    }

    public void bulk(long address, int length) {
        if (length <= INLINE_BULK) {
            out.reserve(Numbers.MAX_LINE_BYTES + length + 2);
            putHeader((byte) '$', length);
            long at = out.position;
            Memory.copy(address, at, length);
            Memory.putShort(at + length, CRLF);
            out.position = at + length + 2;
        } else {
            header((byte) '$', length);
            out.bytes(address, length);
            crlf();
        }
    }

    public void bulk(byte[] bytes) {
        header((byte) '$', bytes.length);
        out.bytes(bytes);
        crlf();
    }

    /** A bulk string of Latin-1 text (a char a byte), as all of Redis's own texts are. */
    public void bulk(String text) {
        bulk(ascii(text));
    }

    /** An integer as a bulk string: GET of an integer-encoded value. */
    public void bulkLong(long v) {
        out.reserve(2 * Numbers.MAX_LINE_BYTES + 2);
        int digits = Numbers.digits(v);
        putHeader((byte) '$', digits);
        Numbers.putLong(out.position, v);
        Memory.putShort(out.position + digits, CRLF);
        out.position += digits + 2;
    }

    /** The null that stands for a missing bulk string. */
    public void nullBulk() {
        out.bytes(resp3 ? NULL3 : NULL_BULK);
    }

    /**
     * The null that stands for a missing array (a timed-out BLPOP, an EXEC that a WATCH stopped).
     */
    public void nullArray() {
        out.bytes(resp3 ? NULL3 : NULL_ARRAY);
    }

    public void array(long elements) {
        header((byte) '*', elements);
    }

    public void map(long pairs) {
        if (resp3) {
            header((byte) '%', pairs);
        } else {
            header((byte) '*', 2 * pairs);
        }
    }

    public void set(long elements) {
        header(resp3 ? (byte) '~' : (byte) '*', elements);
    }

    /** A push message; an array in RESP2, as pub/sub messages are there. */
    public void push(long elements) {
        header(resp3 ? (byte) '>' : (byte) '*', elements);
    }

    /** An attribute header; only RESP3 clients may be sent one. */
    public void attribute(long pairs) {
        header((byte) '|', pairs);
    }

    public void bool(boolean v) {
        if (resp3) {
            out.bytes(v ? TRUE3 : FALSE3);
        } else {
            integer(v ? 1 : 0);
        }
    }

    /** A double as {@code %.17g} prints it; a bulk string in RESP2. */
    public void doubleValue(double v) {
        boolean isWhole = v == Math.rint(v) && Math.abs(v) < PLAIN_INTEGERS;
        if (!resp3 && isWhole && (v != 0 || 1 / v > 0)) {
            bulkLong((long) v);
            return;
        }
        doubleText(Doubles.format17g(v));
    }

    /** A double that was printed already; a bulk string in RESP2. */
    public void doubleText(String printed) {
        byte[] text = ascii(printed);
        if (resp3) {
            out.bytes(ascii(","));
            out.bytes(text);
            crlf();
        } else {
            bulk(text);
        }
    }

    /** A big number in decimal; a bulk string in RESP2. */
    public void bigNumber(String decimal) {
        if (resp3) {
            out.bytes(ascii("(" + decimal + "\r\n"));
        } else {
            bulk(decimal);
        }
    }

    /** Text with a three-letter format ({@code txt}, {@code mkd}); a bulk string in RESP2. */
    public void verbatim(String format, byte[] text) {
        if (!resp3) {
            bulk(text);
            return;
        }
        header((byte) '=', text.length + 4L);
        out.bytes(ascii(format + ":"));
        out.bytes(text);
        crlf();
    }

    /** Begins an array whose length is known at its end: pass the result to {@link #endArray}. */
    public ByteBuf deferArray() {
        return out.defer();
    }

    public void endArray(ByteBuf place, long elements) {
        out.fill(place, (byte) '*', elements);
    }

    public void endSet(ByteBuf place, long elements) {
        out.fill(place, resp3 ? (byte) '~' : (byte) '*', elements);
    }

    public void endMap(ByteBuf place, long pairs) {
        out.fill(place, resp3 ? (byte) '%' : (byte) '*', resp3 ? pairs : 2 * pairs);
    }

    private void header(byte prefix, long v) {
        out.reserve(Numbers.MAX_LINE_BYTES);
        putHeader(prefix, v);
    }

    private void putHeader(byte prefix, long v) {
        out.position += Numbers.putLine(out.position, prefix, v);
    }

    private void crlf() {
        out.reserve(2);
        Memory.putShort(out.position, CRLF);
        out.position += 2;
    }

    /** The bytes of Latin-1 text; characters beyond it become question marks. */
    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
