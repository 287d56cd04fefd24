package io.carnelian.server.admin;

import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.Reply;
import java.util.List;

/**
 * Where a command's keys stand, in the form that Redis 7 has for it: one spec for each group of
 * keys, with what happens to them. The triple that older clients know is in the command table; what
 * it can't say stands behind the flags in {@code command-docs.txt}:
 *
 * <pre>
 *   RO access                  where the triple, or the count, says
 *   OW update &#64;STORE+6      behind this word, which is looked for from the sixth argument on
 *   RW access &#64;KEYS-2*      behind this word, looked for from the end, up to the last argument
 *   OW update &#64;?            somewhere
 * </pre>
 */
final class KeySpecs {
    private static final char SEARCHED = '@';
    private static final char TO_THE_END = '*';

    private KeySpecs() {}

    /** Writes the set of them. */
    static void write(Reply reply, Keys keys, List<List<String>> specs) {
        boolean counted = keys.countAt() != 0;
        if (!counted && keys.first() == 0) {
            reply.set(0);
            return;
        }
        int placed = 0;
        for (List<String> spec : specs) {
            placed += isSearched(spec) ? 0 : 1;
        }
        reply.set(specs.size());
        for (int i = 0; i < specs.size(); i++) {
            List<String> spec = specs.get(i);
            if (isSearched(spec)) {
                searched(reply, spec.subList(0, spec.size() - 1), spec.getLast().substring(1));
            } else if (counted && i == placed - 1) {
                counted(reply, spec, keys.countAt());
            } else {
                boolean many = !counted && takesMany(i, placed, keys);
                int last = keys.last() < 0 ? keys.last() : keys.last() - keys.first();
                begin(reply, spec, keys.first() + i);
                range(reply, many ? last : 0, keys.step());
            }
        }
    }

    private static boolean isSearched(List<String> spec) {
        return spec.getLast().charAt(0) == SEARCHED;
    }

    /** With several specs each is one key, but the last may be all that follow. */
    private static boolean takesMany(int i, int specs, Keys keys) {
        return specs == 1 || (i == specs - 1 && keys.last() < 0);
    }

    private static void counted(Reply reply, List<String> flags, int countAt) {
        begin(reply, flags, countAt);
        kind(reply, "find_keys", "keynum");
        reply.map(3);
        number(reply, "keynumidx", 0);
        number(reply, "firstkey", 1);
        number(reply, "keystep", 1);
    }

    private static void begin(Reply reply, List<String> flags, int first) {
        reply.map(3);
        flags(reply, flags);
        kind(reply, "begin_search", "index");
        reply.map(1);
        number(reply, "index", first);
    }

    private static void searched(Reply reply, List<String> flags, String search) {
        reply.map(3);
        flags(reply, flags);
        if (search.equals("?")) {
            kind(reply, "begin_search", "unknown");
            reply.map(0);
            kind(reply, "find_keys", "unknown");
            reply.map(0);
            return;
        }
        int end = search.length() - 1;
        boolean all = search.charAt(end) == TO_THE_END;
        int sign = Math.max(search.indexOf('+'), search.indexOf('-'));
        kind(reply, "begin_search", "keyword");
        reply.map(2);
        reply.bulk("keyword");
        reply.bulk(search.substring(0, sign));
        number(reply, "startfrom", Integer.parseInt(search.substring(sign, all ? end : end + 1)));
        range(reply, all ? -1 : 0, 1);
    }

    private static void range(Reply reply, int last, int step) {
        kind(reply, "find_keys", "range");
        reply.map(3);
        number(reply, "lastkey", last);
        number(reply, "keystep", step);
        number(reply, "limit", 0);
    }

    private static void flags(Reply reply, List<String> flags) {
        reply.bulk("flags");
        words(reply, flags);
    }

    /** A set of words. */
    static void words(Reply reply, List<String> words) {
        reply.set(words.size());
        for (String word : words) {
            reply.simple(word);
        }
    }

    private static void kind(Reply reply, String part, String type) {
        reply.bulk(part);
        reply.map(2);
        reply.bulk("type");
        reply.bulk(type);
        reply.bulk("spec");
    }

    private static void number(Reply reply, String name, int value) {
        reply.bulk(name);
        reply.integer(value);
    }
}
