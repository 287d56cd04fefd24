package io.carnelian.server.debug;

import io.carnelian.server.command.Call;
import io.carnelian.server.commands.Strings;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;
import org.jspecify.annotations.Nullable;

/**
 * DEBUG DIGEST and DEBUG DIGEST-VALUE: equal data on two servers, this one or redis-server, gives
 * equal digests. Each type of value says how it is digested ({@link #type}); strings are here.
 *
 * <pre>
 *   dataset: mix(number of each database that has keys), xor(each key's digest)
 *   key:     mix(key), then as its value
 *   value:   mix(type), the type's own, xor("!!expire!!") if it expires
 * </pre>
 */
public final class DebugDigest {
    /** Adds a value of one type to a digest. */
    @FunctionalInterface
    public interface Form {
        void add(long record, Digest digest);
    }

    private final @Nullable Form[] forms = new Form[8];

    public DebugDigest() {
        type(Record.STRING, (record, digest) -> digest.mix(Strings.copy(record)));
    }

    /** Says how values of a type are digested. */
    public void type(int recordType, Form form) {
        forms[recordType] = form;
    }

    public void addTo(DebugCommands debug) {
        debug.add("digest", 2, 2, this::digest);
        debug.add("digest-value", 2, Integer.MAX_VALUE, this::digestValue);
    }

    private void digest(Call call) {
        Keyspace keyspace = call.keyspace();
        Digest all = new Digest();
        Digest one = new Digest();
        for (int i = 0; i < keyspace.databases(); i++) {
            Database db = keyspace.db(i);
            if (db.size() == 0) {
                continue;
            }
            all.mixInt(i);
            db.forEach(record -> {
                byte[] key = new byte[Record.keyLength(record)];
                Memory.copyOut(Record.keyAddress(record), key, 0, key.length);
                one.clear();
                one.mix(key);
                value(record, one);
                all.xor(one);
            });
        }
        call.reply().simple(all.hex());
    }

    private void digestValue(Call call) {
        Reply reply = call.reply();
        reply.array(call.argc() - 2);
        Digest digest = new Digest();
        for (int i = 2; i < call.argc(); i++) {
            long record = call.db().peek(call.key(i));
            digest.clear();
            if (record != 0) {
                value(record, digest);
            }
            reply.simple(digest.hex());
        }
    }

    private void value(long record, Digest digest) {
        Form form = forms[Record.type(record)];
        if (form == null) {
            throw Errors.WRONG_TYPE.error();
        }
        digest.mixInt(Record.type(record));
        form.add(record, digest);
        if (Record.hasExpiry(record)) {
            digest.expires();
        }
    }
}
