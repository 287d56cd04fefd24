package io.carnelian.server.settings;

import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.Parameter;
import io.carnelian.server.notify.EventClass;
import java.util.List;

/**
 * {@code notify-keyspace-events}: which events are published, a letter a class. {@code A} stands
 * for all classes except key misses and new keys.
 *
 * <p>Source: https://redis.io/docs/latest/develop/use/keyspace-notifications/.
 */
public final class KeyspaceEvents extends Parameter {
    /** In the order of the bits. */
    private static final String LETTERS = "g$lshzxetdKEmn";

    /** In the order that Redis shows them in, when A is not among them. */
    private static final String SHOWN = "g$lshzxetdnKEm";

    private static final int ALL_LETTERS = 10;

    /** The wanted classes as bits; zero while nothing is published. */
    public int flags;

    public KeyspaceEvents() {
        super("notify-keyspace-events", 0);
    }

    @Override
    public void parse(List<String> words, boolean fromFile) throws BadValue {
        int parsed = 0;
        String word = words.getFirst();
        for (int i = 0; i < word.length(); i++) {
            int bit = LETTERS.indexOf(word.charAt(i));
            if (word.charAt(i) == 'A') {
                parsed |= EventClass.ALL;
            } else if (bit >= 0) {
                parsed |= 1 << bit;
            } else {
                throw new BadValue("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
            }
        }
        flags = parsed;
    }

    @Override
    public String text() {
        StringBuilder text = new StringBuilder();
        boolean all = (flags & EventClass.ALL) == EventClass.ALL;
        if (all) {
            text.append('A');
        }
        // Behind A, Redis forgets n, and CONFIG REWRITE with it; here it comes last.
        String shown = all ? LETTERS.substring(ALL_LETTERS) : SHOWN;
        for (int i = 0; i < shown.length(); i++) {
            if ((flags & 1 << LETTERS.indexOf(shown.charAt(i))) != 0) {
                text.append(shown.charAt(i));
            }
        }
        return text.toString();
    }

    @Override
    public Object value() {
        return flags;
    }

    @Override
    public void restore(Object value) {
        flags = (Integer) value;
    }
}
