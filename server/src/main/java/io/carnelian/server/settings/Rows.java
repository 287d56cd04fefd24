package io.carnelian.server.settings;

import static io.carnelian.server.config.Parameter.IMMUTABLE;

import io.carnelian.server.config.Amount;
import io.carnelian.server.config.Choice;
import io.carnelian.server.config.Text;
import io.carnelian.server.config.Toggle;

/** Short forms for the tables of this package. */
final class Rows {
    static final long INT_MAX = Integer.MAX_VALUE;
    static final long LONG_MAX = Long.MAX_VALUE;
    static final long KB = 1024;
    static final long MB = 1024 * KB;
    static final long GB = 1024 * MB;

    private Rows() {}

    static Toggle yes(String names) {
        return new Toggle(names, 0, true);
    }

    static Toggle no(String names) {
        return new Toggle(names, 0, false);
    }

    static Toggle fixedYes(String names) {
        return new Toggle(names, IMMUTABLE, true);
    }

    static Toggle fixedNo(String names) {
        return new Toggle(names, IMMUTABLE, false);
    }

    /** A number from zero to the largest int. */
    static Amount count(String names, long byDefault) {
        return Amount.of(names, 0, byDefault, 0, INT_MAX);
    }

    /** A number from zero to the largest long. */
    static Amount wide(String names, long byDefault) {
        return Amount.of(names, 0, byDefault, 0, LONG_MAX);
    }

    static Amount number(String names, long byDefault, long min, long max) {
        return Amount.of(names, 0, byDefault, min, max);
    }

    static Amount fixed(String names, long byDefault, long min, long max) {
        return Amount.of(names, IMMUTABLE, byDefault, min, max);
    }

    static Amount tcpPort(String names, long byDefault) {
        return Amount.of(names, 0, byDefault, 0, 65535);
    }

    static Amount bytes(String names, long byDefault, long min) {
        return Amount.bytes(names, 0, byDefault, min);
    }

    static Text text(String names, String byDefault) {
        return new Text(names, 0, byDefault);
    }

    static Text fixedText(String names, String byDefault) {
        return new Text(names, IMMUTABLE, byDefault);
    }

    static Choice one(String names, String byDefault, String... options) {
        return Choice.of(names, 0, byDefault, options);
    }

    static Choice fixedOne(String names, String byDefault, String... options) {
        return Choice.of(names, IMMUTABLE, byDefault, options);
    }
}
