package io.carnelian.server.geo;

import static io.carnelian.server.command.Categories.GEO;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.MOVABLE_KEYS;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.sort.Element;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.zset.SortedSetLimits;
import io.carnelian.server.zset.SortedSetValue;

/**
 * GEOSEARCH and what came before it: GEORADIUS, GEORADIUSBYMEMBER, each also without STORE. All are
 * one search, whose center and size are said at fixed places or as options. Source:
 * https://redis.io/docs/latest/commands/geosearch/.
 */
final class GeoSearchCommands {
    private static final ErrorReply NO_MEMBER =
            ErrorReply.of("ERR could not decode requested zset member");
    private static final ErrorReply RADIUS = ErrorReply.of("ERR need numeric radius");
    private static final ErrorReply WIDTH = ErrorReply.of("ERR need numeric width");
    private static final ErrorReply HEIGHT = ErrorReply.of("ERR need numeric height");
    private static final ErrorReply NEGATIVE_RADIUS =
            ErrorReply.of("ERR radius cannot be negative");
    private static final ErrorReply NEGATIVE_BOX =
            ErrorReply.of("ERR height or width cannot be negative");
    private static final ErrorReply COUNT = ErrorReply.of("ERR COUNT must be > 0");
    private static final ErrorReply ANY_ALONE =
            ErrorReply.of("ERR the ANY argument requires COUNT argument");
    private static final String NOT_WITH =
            " is not compatible with WITHDIST, WITHHASH and WITHCOORD options";

    private static final Token WITHDIST = Token.of("WITHDIST");
    private static final Token WITHHASH = Token.of("WITHHASH");
    private static final Token WITHCOORD = Token.of("WITHCOORD");
    private static final Token ANY = Token.of("ANY");
    private static final Token ASC = Token.of("ASC");
    private static final Token DESC = Token.of("DESC");
    private static final Token TOKEN_COUNT = Token.of("COUNT");
    private static final Token STORE = Token.of("STORE");
    private static final Token STOREDIST = Token.of("STOREDIST");
    private static final Token FROMMEMBER = Token.of("FROMMEMBER");
    private static final Token FROMLONLAT = Token.of("FROMLONLAT");
    private static final Token BYRADIUS = Token.of("BYRADIUS");
    private static final Token BYBOX = Token.of("BYBOX");

    /** Members that are looked at before a search with ANY looks whether it has enough. */
    private static final int SLICE = 64;

    private final SortedSetValue set;
    private final SortedSetValue result;
    private final GeoArea area = new GeoArea();
    private final GeoResults found;

    // The options of the running command.
    private boolean withDistance;
    private boolean withHash;
    private boolean withPlace;
    private boolean any;
    private boolean sorted;
    private boolean descending;
    private boolean storesDistance;
    private boolean searches;
    private boolean mayStore;
    private boolean hasCenter;
    private boolean centerIsMember;
    private boolean hasSize;
    private boolean isBox;
    private long count;
    private int store;

    GeoSearchCommands(Keyspace keyspace, SortedSetLimits limits) {
        this.set = new SortedSetValue(keyspace, limits);
        this.result = new SortedSetValue(keyspace, limits);
        this.found = new GeoResults(keyspace.slabs());
    }

    void addTo(CommandTable commands) {
        int stores = WRITE | DENYOOM | MOVABLE_KEYS;
        commands.add("georadius", -6, stores, Keys.FIRST, GEO, call -> radius(call, true));
        commands.add("georadius_ro", -6, READONLY, Keys.FIRST, GEO, call -> radius(call, false));
        commands.add("georadiusbymember", -5, stores, Keys.FIRST, GEO, c -> byMember(c, true));
        commands.add(
                "georadiusbymember_ro", -5, READONLY, Keys.FIRST, GEO, c -> byMember(c, false));
        commands.add("geosearch", -7, READONLY, Keys.FIRST, GEO, this::geosearch);
        commands.add(
                "geosearchstore", -8, WRITE | DENYOOM, Keys.FIRST_TWO, GEO, this::geosearchstore);
    }

    private void radius(Call call, boolean withStore) {
        begin(withStore);
        boolean there = open(call, 1);
        center(call, 2);
        circle(call, 4);
        options(call, 6, there);
        run(call, there);
    }

    private void byMember(Call call, boolean withStore) {
        begin(withStore);
        boolean there = open(call, 1);
        if (there) {
            center(call, 2, true);
            circle(call, 3);
        }
        options(call, 5, there);
        run(call, there);
    }

    private void geosearch(Call call) {
        begin(false);
        searches = true;
        boolean there = open(call, 1);
        options(call, 2, there);
        checkSearch(call);
        run(call, there);
    }

    private void geosearchstore(Call call) {
        begin(false);
        searches = true;
        store = 1;
        boolean there = open(call, 2);
        options(call, 3, there);
        checkSearch(call);
        run(call, there);
    }

    private void begin(boolean withStore) {
        withDistance = false;
        withHash = false;
        withPlace = false;
        any = false;
        sorted = false;
        descending = false;
        storesDistance = false;
        searches = false;
        mayStore = withStore;
        hasCenter = false;
        centerIsMember = false;
        hasSize = false;
        isBox = false;
        count = 0;
        store = 0;
    }

    private boolean open(Call call, int i) {
        long record = call.db().lookupRead(call.key(i));
        SortedSetValue.check(record);
        set.read(record);
        return record != 0;
    }

    private void center(Call call, int i) {
        GeoUnit.checkPlace(call, i);
        area.center(GeoUnit.longitude(call, i), GeoUnit.latitude(call, i));
    }

    private void center(Call call, int i, boolean there) {
        if (!there) {
            return;
        }
        if (!set.find(call.address(i), call.length(i))) {
            throw NO_MEMBER.error();
        }
        area.center(GeoHash.longitude(set.score()), GeoHash.latitude(set.score()));
    }

    private void circle(Call call, int i) {
        double radius = GeoUnit.number(call, i, RADIUS);
        if (radius < 0) {
            throw NEGATIVE_RADIUS.error();
        }
        area.circle(radius, GeoUnit.meters(call, i + 1));
    }

    private void box(Call call, int i) {
        double width = GeoUnit.number(call, i, WIDTH);
        double height = GeoUnit.number(call, i + 1, HEIGHT);
        if (height < 0 || width < 0) {
            throw NEGATIVE_BOX.error();
        }
        area.rectangle(width, height, GeoUnit.meters(call, i + 2));
    }

    private void options(Call call, int from, boolean there) {
        for (int i = from; i < call.argc(); i++) {
            if (isFlag(call, i)) {
                continue;
            }
            int left = call.argc() - i - 1;
            if (call.is(i, TOKEN_COUNT) && left >= 1) {
                count = call.longArg(++i);
                if (count <= 0) {
                    throw COUNT.error();
                }
            } else if (mayStore && left >= 1 && (call.is(i, STORE) || call.is(i, STOREDIST))) {
                storesDistance = call.is(i, STOREDIST);
                store = ++i;
            } else if (searches) {
                i += where(call, i, left, there);
            } else {
                throw Errors.syntax();
            }
        }
    }

    private boolean isFlag(Call call, int i) {
        if (call.is(i, WITHDIST)) {
            withDistance = true;
        } else if (call.is(i, WITHHASH)) {
            withHash = true;
        } else if (call.is(i, WITHCOORD)) {
            withPlace = true;
        } else if (call.is(i, ANY)) {
            any = true;
        } else if (call.is(i, ASC) || call.is(i, DESC)) {
            sorted = true;
            descending = call.is(i, DESC);
        } else if (searches && store != 0 && call.is(i, STOREDIST)) {
            storesDistance = true;
        } else {
            return false;
        }
        return true;
    }

    /** One of GEOSEARCH's ways to say center and size; returns how many words it took more. */
    private int where(Call call, int i, int left, boolean there) {
        if (call.is(i, FROMMEMBER) && left >= 1 && (!hasCenter || centerIsMember)) {
            center(call, i + 1, there);
            hasCenter = true;
            centerIsMember = true;
            return 1;
        }
        if (call.is(i, FROMLONLAT) && left >= 2 && !centerIsMember) {
            center(call, i + 1);
            hasCenter = true;
            return 2;
        }
        if (call.is(i, BYRADIUS) && left >= 2 && !isBox) {
            circle(call, i + 1);
            hasSize = true;
            return 2;
        }
        if (call.is(i, BYBOX) && left >= 3 && (!hasSize || isBox)) {
            box(call, i + 1);
            hasSize = true;
            isBox = true;
            return 3;
        }
        throw Errors.syntax();
    }

    private void checkSearch(Call call) {
        checkCompatible("GEOSEARCHSTORE");
        if (!hasCenter) {
            throw oneOf(call, "FROMMEMBER or FROMLONLAT").error();
        }
        if (!hasSize) {
            throw oneOf(call, "BYRADIUS and BYBOX").error();
        }
    }

    private static ErrorReply oneOf(Call call, String words) {
        return ErrorReply.of(
                "ERR exactly one of " + words + " can be specified for " + call.shown(0));
    }

    private void checkCompatible(String what) {
        if (store != 0 && (withDistance || withHash || withPlace)) {
            throw ErrorReply.of("ERR " + what + NOT_WITH).error();
        }
    }

    private void run(Call call, boolean there) {
        checkCompatible("STORE option in GEORADIUS");
        if (any && count == 0) {
            throw ANY_ALONE.error();
        }
        if (!there) {
            if (store != 0) {
                storeNothing(call);
            } else {
                call.reply().array(0);
            }
            return;
        }
        found.begin();
        try {
            search(any ? count : Long.MAX_VALUE);
            // The nearest are wanted when some are.
            found.order(sorted || (count != 0 && !any), descending);
            int wanted = count == 0 ? found.count() : (int) Math.min(found.count(), count);
            if (store == 0) {
                reply(call.reply(), wanted);
            } else if (wanted == 0) {
                storeNothing(call);
            } else {
                store(call, wanted);
            }
        } finally {
            found.end();
        }
    }

    private void search(long enough) {
        area.cover();
        long last = 0;
        boolean isFirst = true;
        for (int cell = 0; cell < GeoArea.CELLS && found.count() < enough; cell++) {
            // Around the globe, or in the coarsest grids, neighbors may be the same cell.
            long hash = area.hash(cell);
            if (area.reaches(cell) && (isFirst || hash != last)) {
                searchCell(hash, enough);
                last = hash;
                isFirst = cell == 0;
            }
        }
    }

    private void searchCell(long hash, long enough) {
        long from = set.countBelow((double) area.score(hash), false);
        long to = set.countBelow((double) area.score(hash + 1), false);
        while (from < to && found.count() < enough) {
            long next = Math.min(to, from + (enough == Long.MAX_VALUE ? to - from : SLICE));
            set.forEach(
                    from,
                    next,
                    false,
                    each -> {
                        double longitude = GeoHash.longitude(each.score);
                        double latitude = GeoHash.latitude(each.score);
                        if (found.count() < enough && area.contains(longitude, latitude)) {
                            found.add(each, area.distance);
                        }
                    });
            from = next;
        }
    }

    private void reply(Reply reply, int wanted) {
        int options = (withDistance ? 1 : 0) + (withHash ? 1 : 0) + (withPlace ? 1 : 0);
        reply.array(wanted);
        for (int i = 0; i < wanted; i++) {
            if (options > 0) {
                reply.array(options + 1L);
            }
            found.member(i).reply(reply);
            if (withDistance) {
                GeoText.distance(reply, found.distance(i) / area.unitMeters());
            }
            if (withHash) {
                reply.integer((long) found.score(i));
            }
            if (withPlace) {
                GeoText.place(reply, found.score(i));
            }
        }
    }

    private void storeNothing(Call call) {
        Key key = call.key(store);
        if (call.db().delete(key)) {
            call.notify(KeyspaceEvent.DEL, key);
            call.dirty();
        }
        call.reply().integer(0);
    }

    private void store(Call call, int wanted) {
        Key key = call.key(store);
        result.begin();
        try {
            for (int i = 0; i < wanted; i++) {
                Element member = found.member(i);
                double score =
                        storesDistance ? found.distance(i) / area.unitMeters() : found.score(i);
                var _ = result.put(member.address(), member.bytes(), score);
            }
            result.store(call.db(), key);
        } finally {
            result.discard();
        }
        call.notify(searches ? KeyspaceEvent.GEOSEARCHSTORE : KeyspaceEvent.GEORADIUSSTORE, key);
        call.dirty(wanted);
        call.reply().integer(wanted);
    }
}
