package io.carnelian.server.commands;

import io.carnelian.server.command.Call;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;

/**
 * The options of SET and GETEX: conditions, and what becomes of the expiry. At most one of the
 * expiry's options may be given, though that one may be repeated; the last counts.
 *
 * <p>One object serves all calls: {@link #parseSet} and {@link #parseGetex} overwrite it.
 */
final class SetOptions {
    private static final Token TOKEN_NX = Token.of("NX");
    private static final Token TOKEN_XX = Token.of("XX");
    private static final Token TOKEN_GET = Token.of("GET");
    private static final Token TOKEN_KEEPTTL = Token.of("KEEPTTL");
    private static final Token TOKEN_PERSIST = Token.of("PERSIST");
    private static final Token TOKEN_EX = Token.of("EX");
    private static final Token TOKEN_PX = Token.of("PX");
    private static final Token TOKEN_EXAT = Token.of("EXAT");
    private static final Token TOKEN_PXAT = Token.of("PXAT");

    private static final int NX = 1;
    private static final int XX = 1 << 1;
    private static final int GET = 1 << 2;
    private static final int KEEPTTL = 1 << 3;
    private static final int PERSIST = 1 << 4;
    private static final int EX = 1 << 5;
    private static final int PX = 1 << 6;
    private static final int EXAT = 1 << 7;
    private static final int PXAT = 1 << 8;
    private static final int TIME = EX | PX | EXAT | PXAT;
    private static final int EXPIRY = KEEPTTL | PERSIST | TIME;

    private int given;
    private int timeArg;

    /** The options of {@code SET key value …}. */
    void parseSet(Call call) {
        parse(call, 3, NX | XX | GET | KEEPTTL | TIME);
    }

    /** The options of {@code GETEX key …}. */
    void parseGetex(Call call) {
        parse(call, 2, PERSIST | TIME);
    }

    private void parse(Call call, int from, int allowed) {
        given = 0;
        for (int i = from; i < call.argc(); i++) {
            int option = option(call, i) & allowed;
            if (option == 0 || (excludedBy(option) & given) != 0) {
                throw Errors.syntax();
            }
            given |= option;
            if ((option & TIME) != 0) {
                timeArg = ++i;
                if (timeArg == call.argc()) {
                    throw Errors.syntax();
                }
            }
        }
    }

    private static int option(Call call, int i) {
        return switch (call.length(i)) {
            case 2 ->
                    call.is(i, TOKEN_NX)
                            ? NX
                            : call.is(i, TOKEN_XX)
                                    ? XX
                                    : call.is(i, TOKEN_EX) ? EX : call.is(i, TOKEN_PX) ? PX : 0;
            case 3 -> call.is(i, TOKEN_GET) ? GET : 0;
            case 4 -> call.is(i, TOKEN_EXAT) ? EXAT : call.is(i, TOKEN_PXAT) ? PXAT : 0;
            case 7 -> call.is(i, TOKEN_KEEPTTL) ? KEEPTTL : call.is(i, TOKEN_PERSIST) ? PERSIST : 0;
            default -> 0;
        };
    }

    private static int excludedBy(int option) {
        return switch (option) {
            case NX -> XX;
            case XX -> NX;
            case GET -> 0;
            default -> EXPIRY & ~option;
        };
    }

    boolean onlyIfAbsent() {
        return (given & NX) != 0;
    }

    boolean onlyIfPresent() {
        return (given & XX) != 0;
    }

    boolean get() {
        return (given & GET) != 0;
    }

    boolean keepTtl() {
        return (given & KEEPTTL) != 0;
    }

    boolean persist() {
        return (given & PERSIST) != 0;
    }

    boolean hasTime() {
        return (given & TIME) != 0;
    }

    /** When the key is to expire, in ms since 1970; the option must have been given. */
    long expireAtMs(Call call) {
        boolean seconds = (given & (EX | EXAT)) != 0;
        boolean relative = (given & (EX | PX)) != 0;
        return ExpireCommands.positiveTime(call, timeArg, seconds, relative);
    }

    /** Whether argument {@code i} of a SET that was parsed without error is the option GET. */
    static boolean isGet(Call call, int i) {
        return i >= 3 && call.is(i, TOKEN_GET);
    }
}
