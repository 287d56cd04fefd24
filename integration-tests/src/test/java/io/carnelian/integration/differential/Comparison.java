package io.carnelian.integration.differential;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** How the replies of two servers to one command are compared. */
enum Comparison {
    /** Byte for byte. */
    EXACT,
    /** Positive integers may differ by the time between the two servers' turns, in seconds. */
    SECONDS,
    /** The same in milliseconds. */
    MILLISECONDS,
    /** Arrays may be in any order. */
    UNORDERED,
    /** Some elements: as many of them, or one, or none, or the same error. */
    SAMPLE,
    /**
     * The name of an encoding: equal, but for redis-server's SORT, which makes a small sorted set a
     * big one by looking at it.
     */
    ENCODING,
    /** HELLO's fields must be equal but for the server's version and the client's id. */
    HELLO,
    /** Some existing key, or both null; needs a look-up on each server. */
    RANDOM_KEY,
    /** The whole iteration must yield the same set of keys; needs further calls. */
    SCAN;

    private static final long SECONDS_TOLERANCE = 2;
    private static final long MILLISECONDS_TOLERANCE = 2_000;
    private static final Set<String> OWN_HELLO_FIELDS = Set.of("version", "id");

    /** Whether the raw replies are equal in this sense; the last two senses are exact here. */
    boolean same(byte[] expected, byte[] actual) {
        if (Arrays.equals(expected, actual)) {
            return true;
        }
        return switch (this) {
            case EXACT, RANDOM_KEY, SCAN -> false;
            case SECONDS -> near(expected, actual, SECONDS_TOLERANCE);
            case MILLISECONDS -> near(expected, actual, MILLISECONDS_TOLERANCE);
            case UNORDERED -> sorted(expected).equals(sorted(actual));
            case SAMPLE -> sampleShape(expected).equals(sampleShape(actual));
            case ENCODING -> sameEncoding(text(expected), text(actual));
            case HELLO -> withoutOwnFields(expected).equals(withoutOwnFields(actual));
        };
    }

    static boolean sameEncoding(String expected, String actual) {
        return expected.equals(actual)
                || (expected.contains("skiplist")
                        && expected.replace("skiplist", "listpack").equals(actual));
    }

    private static String text(byte[] raw) {
        return new String(raw, StandardCharsets.ISO_8859_1);
    }

    private static boolean near(byte[] expected, byte[] actual, long tolerance) {
        Reply a = Reply.parse(expected);
        Reply b = Reply.parse(actual);
        return a.isInteger()
                && b.isInteger()
                && a.integer() > 0
                && b.integer() > 0
                && Math.abs(a.integer() - b.integer()) <= tolerance;
    }

    private static List<String> sorted(byte[] raw) {
        Reply reply = Reply.parse(raw);
        List<String> texts = new ArrayList<>();
        for (Reply element : reply.elements()) {
            texts.add(element.toString());
        }
        Collections.sort(texts);
        texts.add(Bytes.quote(Arrays.copyOf(raw, 1))); // an array is not a set or an error
        return texts;
    }

    private static String sampleShape(byte[] raw) {
        Reply reply = Reply.parse(raw);
        String kind = Bytes.quote(Arrays.copyOf(raw, 1));
        return raw[0] == '-' || reply.isNull() ? Bytes.quote(raw) : kind + reply.elements().size();
    }

    private static List<Reply> withoutOwnFields(byte[] raw) {
        Reply reply = Reply.parse(raw);
        List<Reply> kept = new ArrayList<>();
        kept.add(new Reply(reply.type(), reply.text(), List.of()));
        for (int i = 0; i + 1 < reply.elements().size(); i += 2) {
            kept.add(reply.elements().get(i));
            if (!OWN_HELLO_FIELDS.contains(reply.elements().get(i).text())) {
                kept.add(reply.elements().get(i + 1));
            }
        }
        return kept;
    }
}
