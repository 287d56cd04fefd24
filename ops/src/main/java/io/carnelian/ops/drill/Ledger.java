package io.carnelian.ops.drill;

import java.util.BitSet;

/**
 * Every write of one writer: numbers from 0 up, each written once, under a key of its own. What was
 * acknowledged must be there afterwards; what was not may be. One thread writes; others read when
 * it has ended.
 */
final class Ledger {
    private final String prefix;
    private final BitSet acknowledged = new BitSet();
    private int next;

    /**
     * @param prefix of the keys, different from every other ledger's
     */
    Ledger(String prefix) {
        this.prefix = prefix;
    }

    /** The number to be written next. */
    int take() {
        return next++;
    }

    /** Its write was confirmed as was asked for. */
    void acknowledge(int number) {
        acknowledged.set(number);
    }

    String key(int number) {
        return prefix + number;
    }

    static String value(int number) {
        return "v" + number;
    }

    BitSet acknowledged() {
        return acknowledged;
    }

    int attempted() {
        return next;
    }
}
