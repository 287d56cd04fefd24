package io.carnelian.integration;

import java.nio.charset.StandardCharsets;

/** Bytes as text for a test's messages, and text as bytes. */
public final class Bytes {
    private static final int LONGEST_QUOTED = 300;

    private Bytes() {}

    /** Each char's low byte. */
    public static byte[] of(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Quoted as redis-cli does, long ones cut: {@code "a\x00\r\n"}. */
    public static String quote(byte[] bytes) {
        StringBuilder text = new StringBuilder("\"");
        for (int i = 0; i < Math.min(bytes.length, LONGEST_QUOTED); i++) {
            int b = bytes[i] & 0xff;
            switch (b) {
                case '\r' -> text.append("\\r");
                case '\n' -> text.append("\\n");
                case '"', '\\' -> text.append('\\').append((char) b);
                default -> {
                    if (b >= ' ' && b < 0x7f) {
                        text.append((char) b);
                    } else {
                        text.append(String.format("\\x%02x", b));
                    }
                }
            }
        }
        text.append('"');
        if (bytes.length > LONGEST_QUOTED) {
            text.append("... (").append(bytes.length).append(" bytes)");
        }
        return text.toString();
    }
}
