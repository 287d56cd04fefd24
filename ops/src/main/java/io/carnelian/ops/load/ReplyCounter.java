package io.carnelian.ops.load;

import java.nio.ByteBuffer;

/**
 * Finds where replies end, in bytes that may be cut anywhere; keeps none of them. RESP2 and RESP3.
 */
final class ReplyCounter {
    private static final int LINE = 0;
    private static final int PAYLOAD = 1;

    private int state = LINE;
    private int type;
    private boolean negative;
    private long number;
    private long payload;

    /** Elements still missing of the reply being read, itself included; 0: between replies. */
    private long missing;

    private long errors;

    /** Reads all bytes there are; how many replies ended in them. */
    int read(ByteBuffer bytes) {
        int ended = 0;
        while (bytes.hasRemaining()) {
            if (state == PAYLOAD) {
                int step = (int) Math.min(payload, bytes.remaining());
                bytes.position(bytes.position() + step);
                payload -= step;
                if (payload > 0) {
                    return ended;
                }
                state = LINE;
                ended += element();
                continue;
            }
            ended += line(bytes.get());
        }
        return ended;
    }

    /** Error replies so far. */
    long errors() {
        return errors;
    }

    private int line(byte b) {
        if (type == 0) {
            type = b;
            number = 0;
            negative = false;
            missing = Math.max(1, missing);
            return 0;
        }
        if (b != '\n') {
            negative |= b == '-';
            number = b >= '0' && b <= '9' ? number * 10 + b - '0' : number;
            return 0;
        }
        int kind = type;
        type = 0;
        return switch (kind) {
            case '$', '=', '!' -> {
                errors += kind == '!' ? 1 : 0;
                if (negative) {
                    yield element();
                }
                state = PAYLOAD;
                payload = number + 2;
                yield 0;
            }
            case '*', '~', '>' -> aggregate(1);
            case '%' -> aggregate(2);
            case '-' -> {
                errors++;
                yield element();
            }
            case '+', ':', '_', '#', ',', '(' -> element();
            default -> throw new IllegalStateException("no reply begins with " + (char) kind);
        };
    }

    private int aggregate(int factor) {
        missing += negative ? 0 : factor * number;
        return element();
    }

    private int element() {
        missing--;
        return missing == 0 ? 1 : 0;
    }
}
