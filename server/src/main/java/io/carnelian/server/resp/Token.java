package io.carnelian.server.resp;

import io.carnelian.server.memory.Memory;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A keyword of the protocol (an option such as {@code EX}), compared with argument bytes without
 * regard to case.
 */
public final class Token {
    private final byte[] lower;
    private final String text;

    private Token(String text) {
        this.text = text;
        this.lower = text.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
    }

    public static Token of(String text) {
        return new Token(text);
    }

    /**
     * Whether the {@code length} bytes at {@code address} spell this keyword, A–Z and a–z being
     * equal.
     */
    public boolean matches(long address, int length) {
        if (length != lower.length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            int b = Memory.getByte(address + i);
            if (b >= 'A' && b <= 'Z') {
                b += 32;
            }
            if (b != lower[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return text;
    }
}
