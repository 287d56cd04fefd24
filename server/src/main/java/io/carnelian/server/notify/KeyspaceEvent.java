package io.carnelian.server.notify;

import io.carnelian.server.resp.Reply;
import java.util.Locale;

/**
 * Everything that is told of a key, by the name that subscribers hear: the constant's in lower
 * case, a hyphen for each underline, unless it says otherwise.
 *
 * <p>Source: https://redis.io/docs/latest/develop/use/keyspace-notifications/.
 */
public enum KeyspaceEvent {
    DEL(EventClass.GENERIC),
    EXPIRE(EventClass.GENERIC),
    PERSIST(EventClass.GENERIC),
    RENAME_FROM(EventClass.GENERIC, "rename_from"),
    RENAME_TO(EventClass.GENERIC, "rename_to"),
    COPY_TO(EventClass.GENERIC, "copy_to"),
    MOVE_FROM(EventClass.GENERIC, "move_from"),
    MOVE_TO(EventClass.GENERIC, "move_to"),
    RESTORE(EventClass.GENERIC),
    EXPIRED(EventClass.EXPIRED),
    EVICTED(EventClass.EVICTED),
    KEYMISS(EventClass.KEY_MISS),
    NEW(EventClass.NEW),

    SET(EventClass.STRING),
    SETRANGE(EventClass.STRING),
    APPEND(EventClass.STRING),
    INCRBY(EventClass.STRING),
    INCRBYFLOAT(EventClass.STRING),
    SETBIT(EventClass.STRING),
    PFADD(EventClass.STRING),

    LPUSH(EventClass.LIST),
    RPUSH(EventClass.LIST),
    LPOP(EventClass.LIST),
    RPOP(EventClass.LIST),
    LINSERT(EventClass.LIST),
    LSET(EventClass.LIST),
    LREM(EventClass.LIST),
    LTRIM(EventClass.LIST),
    SORTSTORE(EventClass.LIST),

    SADD(EventClass.SET),
    SREM(EventClass.SET),
    SPOP(EventClass.SET),
    SINTERSTORE(EventClass.SET),
    SUNIONSTORE(EventClass.SET),
    SDIFFSTORE(EventClass.SET),

    HSET(EventClass.HASH),
    HDEL(EventClass.HASH),
    HINCRBY(EventClass.HASH),
    HINCRBYFLOAT(EventClass.HASH),

    ZADD(EventClass.ZSET),
    ZINCR(EventClass.ZSET),
    ZREM(EventClass.ZSET),
    ZREMRANGEBYSCORE(EventClass.ZSET),
    ZREMRANGEBYRANK(EventClass.ZSET),
    ZREMRANGEBYLEX(EventClass.ZSET),
    ZPOPMIN(EventClass.ZSET),
    ZPOPMAX(EventClass.ZSET),
    ZINTERSTORE(EventClass.ZSET),
    ZUNIONSTORE(EventClass.ZSET),
    ZDIFFSTORE(EventClass.ZSET),
    ZRANGESTORE(EventClass.ZSET),
    GEORADIUSSTORE(EventClass.ZSET),
    GEOSEARCHSTORE(EventClass.ZSET),

    XADD(EventClass.STREAM),
    XTRIM(EventClass.STREAM),
    XDEL(EventClass.STREAM),
    XSETID(EventClass.STREAM),
    XGROUP_CREATE(EventClass.STREAM),
    XGROUP_SETID(EventClass.STREAM),
    XGROUP_DESTROY(EventClass.STREAM),
    XGROUP_CREATECONSUMER(EventClass.STREAM),
    XGROUP_DELCONSUMER(EventClass.STREAM);

    /** Its class, a bit of {@link EventClass}. */
    final int bit;

    /** Never handed out to be changed. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final byte[] text;

    KeyspaceEvent(int bit) {
        this.bit = bit;
        this.text = Reply.ascii(name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    KeyspaceEvent(int bit, String name) {
        this.bit = bit;
        this.text = Reply.ascii(name);
    }

    byte[] text() {
        return text;
    }
}
