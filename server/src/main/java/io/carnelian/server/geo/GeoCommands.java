package io.carnelian.server.geo;

import static io.carnelian.server.command.Categories.GEO;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;
import static io.carnelian.server.resp.Reply.ascii;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.CommandBytes;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.zset.SortedSetLimits;
import io.carnelian.server.zset.SortedSetValue;
import io.carnelian.server.zset.SortedSetValue.Put;

/**
 * GEOADD, GEODIST, GEOHASH, GEOPOS; searches are in {@link GeoSearchCommands}. The values are
 * sorted sets, and ZADD, ZREM and all others work on them: so GEOADD is propagated as ZADD.
 */
public final class GeoCommands {
    private static final Token[] OPTIONS = {Token.of("NX"), Token.of("XX"), Token.of("CH")};
    private static final int NX = 1;
    private static final int XX = 2;
    private static final int CH = 4;
    private static final byte[] ZADD = ascii("zadd");

    private final SortedSetValue set;
    private final GeoSearchCommands searches;

    // What the running GEOADD has done so far.
    private long added;
    private long changed;

    public GeoCommands(Keyspace keyspace, SortedSetLimits limits) {
        this.set = new SortedSetValue(keyspace, limits);
        this.searches = new GeoSearchCommands(keyspace, limits);
    }

    public void addTo(CommandTable commands) {
        commands.add("geoadd", -5, WRITE | DENYOOM, Keys.FIRST, GEO, this::geoadd);
        commands.add("geodist", -4, READONLY, Keys.FIRST, GEO, this::geodist);
        commands.add("geohash", -2, READONLY, Keys.FIRST, GEO, this::geohash);
        commands.add("geopos", -2, READONLY, Keys.FIRST, GEO, this::geopos);
        searches.addTo(commands);
    }

    private void geoadd(Call call) {
        added = 0;
        changed = 0;
        int from = 2;
        int options = 0;
        for (int option = option(call, from); option != 0; option = option(call, from)) {
            options |= option;
            from++;
        }
        boolean both = (options & NX) != 0 && (options & XX) != 0;
        if (from == call.argc() || (call.argc() - from) % 3 != 0 || both) {
            throw Errors.syntax();
        }
        for (int i = from; i < call.argc(); i += 3) {
            GeoUnit.checkPlace(call, i);
        }
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        SortedSetValue.check(record);
        if (record != 0) {
            set.edit(call.db(), key, record);
            addAll(call, from, options);
        } else if ((options & XX) == 0) {
            set.begin();
            try {
                addAll(call, from, options);
                set.store(call.db(), key);
            } finally {
                set.discard();
            }
        }
        if (changed > 0) {
            call.dirty(changed);
            call.notify(KeyspaceEvent.ZADD, key);
            propagate(call, from, call.argc());
        }
        call.reply().integer((options & CH) != 0 ? changed : added);
    }

    private static int option(Call call, int i) {
        for (int k = 0; i < call.argc() && k < OPTIONS.length; k++) {
            if (call.is(i, OPTIONS[k])) {
                return 1 << k;
            }
        }
        return 0;
    }

    private void addAll(Call call, int from, int options) {
        for (int i = from; i < call.argc(); i += 3) {
            try {
                Put outcome = put(call, i, options);
                added += outcome == Put.ADDED ? 1 : 0;
                changed += outcome == Put.SAME ? 0 : 1;
            } catch (OutOfMemory e) {
                if (changed > 0 && call.db().peek(call.key(1)) != 0) {
                    // The set is at its key: what was added stays, and replicas must hear of it.
                    call.dirty(changed);
                    call.doneUpTo(i);
                    propagate(call, from, i);
                }
                throw e;
            }
        }
    }

    private Put put(Call call, int i, int options) {
        long member = call.address(i + 2);
        int length = call.length(i + 2);
        if ((options & (NX | XX)) != 0) {
            boolean there = set.find(member, length);
            if ((options & (there ? NX : XX)) != 0) {
                return Put.SAME;
            }
        }
        return set.put(member, length, (double) score(call, i));
    }

    private static long score(Call call, int i) {
        return GeoHash.encode(GeoUnit.longitude(call, i), GeoUnit.latitude(call, i));
    }

    private static void propagate(Call call, int from, int to) {
        int members = (to - from) / 3;
        CommandBytes effect = call.effects().begin(call.db(), from + 2 * members).arg(ZADD);
        for (int i = 1; i < from; i++) {
            effect.arg(call.address(i), call.length(i));
        }
        for (int i = from; i < to; i += 3) {
            effect.argLong(score(call, i)).arg(call.address(i + 2), call.length(i + 2));
        }
    }

    private void geodist(Call call) {
        if (call.argc() > 5) {
            throw Errors.syntax();
        }
        double unit = call.argc() == 5 ? GeoUnit.meters(call, 4) : 1;
        long record = open(call);
        if (record == 0 || !set.find(call.address(2), call.length(2))) {
            call.reply().nullBulk();
            return;
        }
        double first = set.score();
        if (!set.find(call.address(3), call.length(3))) {
            call.reply().nullBulk();
            return;
        }
        double second = set.score();
        double meters =
                Globe.distance(
                        GeoHash.longitude(first),
                        GeoHash.latitude(first),
                        GeoHash.longitude(second),
                        GeoHash.latitude(second));
        GeoText.distance(call.reply(), meters / unit);
    }

    private void geohash(Call call) {
        open(call);
        Reply reply = call.reply();
        reply.array(call.argc() - 2L);
        for (int i = 2; i < call.argc(); i++) {
            if (set.find(call.address(i), call.length(i))) {
                reply.bulk(GeoHash.text(set.score()));
            } else {
                reply.nullBulk();
            }
        }
    }

    private void geopos(Call call) {
        open(call);
        Reply reply = call.reply();
        reply.array(call.argc() - 2L);
        for (int i = 2; i < call.argc(); i++) {
            if (set.find(call.address(i), call.length(i))) {
                GeoText.place(reply, set.score());
            } else {
                reply.nullArray();
            }
        }
    }

    private long open(Call call) {
        long record = call.db().lookupRead(call.key(1));
        SortedSetValue.check(record);
        set.read(record);
        return record;
    }
}
