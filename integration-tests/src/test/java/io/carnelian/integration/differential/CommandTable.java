package io.carnelian.integration.differential;

import static io.carnelian.integration.differential.Comparison.ENCODING;
import static io.carnelian.integration.differential.Comparison.EXACT;
import static io.carnelian.integration.differential.Comparison.HELLO;
import static io.carnelian.integration.differential.Comparison.MILLISECONDS;
import static io.carnelian.integration.differential.Comparison.RANDOM_KEY;
import static io.carnelian.integration.differential.Comparison.SAMPLE;
import static io.carnelian.integration.differential.Comparison.SCAN;
import static io.carnelian.integration.differential.Comparison.SECONDS;
import static io.carnelian.integration.differential.Comparison.UNORDERED;

import java.util.List;

/**
 * The commands that the differential test draws from: one row each, with its weight, how its
 * replies are compared, and its syntax (see {@link CommandSyntax}). A new command needs a row here,
 * and a word in {@link ArgumentSource} if it brings a new type of argument.
 *
 * <p>Not here: commands whose replies are a server's own (INFO, CONFIG, TIME, COMMAND, DEBUG).
 */
final class CommandTable {
    /** One command. */
    record Row(int weight, Comparison comparison, CommandSyntax syntax) {}

    static final List<Row> ROWS =
            List.of(
                    // Strings
                    row(30, EXACT, "APPEND key value"),
                    row(20, EXACT, "DECR key"),
                    row(20, EXACT, "DECRBY key integer"),
                    row(60, EXACT, "GET key"),
                    row(15, EXACT, "GETDEL key"),
                    row(
                            30,
                            EXACT,
                            "GETEX key [EX seconds|PX milliseconds|EXAT unix-seconds|"
                                    + "PXAT unix-milliseconds|PERSIST]"),
                    row(30, EXACT, "GETRANGE key offset offset"),
                    row(15, EXACT, "GETSET key value"),
                    row(25, EXACT, "INCR key"),
                    row(25, EXACT, "INCRBY key integer"),
                    row(40, EXACT, "INCRBYFLOAT key float"),
                    row(20, EXACT, "LCS key key [LEN|IDX] [MINMATCHLEN integer] [WITHMATCHLEN]"),
                    row(20, EXACT, "MGET key..."),
                    row(20, EXACT, "MSET (key value)..."),
                    row(15, EXACT, "MSETNX (key value)..."),
                    row(15, EXACT, "PSETEX key milliseconds value"),
                    row(
                            120,
                            EXACT,
                            "SET key value [NX|XX] [GET] [EX seconds|PX milliseconds|"
                                    + "EXAT unix-seconds|PXAT unix-milliseconds|KEEPTTL]"),
                    row(15, EXACT, "SETEX key seconds value"),
                    row(15, EXACT, "SETNX key value"),
                    row(30, EXACT, "SETRANGE key offset value"),
                    row(20, EXACT, "STRLEN key"),
                    row(10, EXACT, "SUBSTR key offset offset"),
                    // Lists
                    row(60, EXACT, "RPUSH key member..."),
                    row(60, EXACT, "LPUSH key member..."),
                    row(15, EXACT, "RPUSHX key member..."),
                    row(15, EXACT, "LPUSHX key member..."),
                    row(15, EXACT, "LPOP key [count]"),
                    row(15, EXACT, "RPOP key [count]"),
                    row(10, EXACT, "LLEN key"),
                    row(20, EXACT, "LRANGE key offset offset"),
                    row(15, EXACT, "LINDEX key offset"),
                    row(25, EXACT, "LSET key index member"),
                    row(25, EXACT, "LINSERT key <BEFORE|AFTER> member member"),
                    row(20, EXACT, "LREM key index member"),
                    row(10, EXACT, "LTRIM key index offset"),
                    row(25, EXACT, "LPOS key member [RANK index] [COUNT count] [MAXLEN count]"),
                    row(20, EXACT, "LMOVE key key <LEFT|RIGHT> <LEFT|RIGHT>"),
                    row(15, EXACT, "RPOPLPUSH key key"),
                    row(10, EXACT, "LMPOP 1 key <LEFT|RIGHT> [COUNT count]"),
                    row(10, EXACT, "LMPOP 2 key key <LEFT|RIGHT> [COUNT count]"),
                    // Not by number: redis-server takes an old error of strtod for one of SORT
                    row(15, EXACT, "SORT key ALPHA [DESC] [LIMIT offset offset] [STORE key]"),
                    row(5, EXACT, "SORT_RO key ALPHA [ASC|DESC] [LIMIT offset offset]"),
                    // Sets; not SPOP, after which the two servers would have different members
                    row(120, EXACT, "SADD key member..."),
                    row(40, EXACT, "SREM key member..."),
                    row(10, EXACT, "SCARD key"),
                    row(15, EXACT, "SISMEMBER key member"),
                    row(10, EXACT, "SMISMEMBER key member..."),
                    row(15, UNORDERED, "SMEMBERS key"),
                    row(25, EXACT, "SMOVE key key member"),
                    row(15, UNORDERED, "SINTER key..."),
                    row(15, UNORDERED, "SUNION key..."),
                    row(15, UNORDERED, "SDIFF key..."),
                    row(10, EXACT, "SINTERCARD 1 key [LIMIT integer]"),
                    row(10, EXACT, "SINTERCARD 2 key key [LIMIT integer]"),
                    row(20, EXACT, "SINTERSTORE key key..."),
                    row(20, EXACT, "SUNIONSTORE key key..."),
                    row(20, EXACT, "SDIFFSTORE key key..."),
                    row(15, SAMPLE, "SRANDMEMBER key [count]"),
                    row(4, SCAN, "SSCAN key cursor [MATCH pattern] [COUNT count]"),
                    // Hashes
                    row(80, EXACT, "HSET key (field value)..."),
                    row(20, EXACT, "HMSET key (field value)..."),
                    row(15, EXACT, "HSETNX key field value"),
                    row(30, EXACT, "HDEL key field..."),
                    row(20, EXACT, "HINCRBY key field integer"),
                    row(20, EXACT, "HINCRBYFLOAT key field float"),
                    row(20, EXACT, "HGET key field"),
                    row(10, EXACT, "HMGET key field..."),
                    row(10, EXACT, "HEXISTS key field"),
                    row(10, EXACT, "HSTRLEN key field"),
                    row(10, EXACT, "HLEN key"),
                    row(10, UNORDERED, "HKEYS key"),
                    row(10, UNORDERED, "HVALS key"),
                    row(10, UNORDERED, "HGETALL key"),
                    row(15, SAMPLE, "HRANDFIELD key [count [WITHVALUES]]"),
                    row(4, SCAN, "HSCAN key cursor [MATCH pattern] [COUNT count]"),
                    // Sorted sets; texts are compared in such only whose scores are all the same
                    row(100, EXACT, "ZADD key (score member)..."),
                    row(20, EXACT, "ZADD key <NX|XX> (score member)..."),
                    row(20, EXACT, "ZADD key <GT|LT> CH (score member)..."),
                    row(20, EXACT, "ZADD key <NX|XX|GT|LT> INCR score member"),
                    row(20, EXACT, "ZINCRBY key score member"),
                    row(40, EXACT, "ZREM key member..."),
                    row(10, EXACT, "ZCARD key"),
                    row(10, EXACT, "ZCOUNT key bound bound"),
                    row(15, EXACT, "ZSCORE key member"),
                    row(10, EXACT, "ZMSCORE key member..."),
                    row(15, EXACT, "ZRANK key member"),
                    row(15, EXACT, "ZREVRANK key member"),
                    row(20, EXACT, "ZRANGE key index index [REV] [WITHSCORES]"),
                    row(
                            20,
                            EXACT,
                            "ZRANGE key bound bound BYSCORE [REV] [WITHSCORES] "
                                    + "[LIMIT index index]"),
                    row(15, EXACT, "ZREVRANGE key index index [WITHSCORES]"),
                    row(
                            15,
                            EXACT,
                            "ZRANGEBYSCORE key bound bound [WITHSCORES] [LIMIT index index]"),
                    row(
                            15,
                            EXACT,
                            "ZREVRANGEBYSCORE key bound bound [WITHSCORES] [LIMIT index index]"),
                    row(15, EXACT, "ZRANGESTORE key key index index [REV]"),
                    row(15, EXACT, "ZRANGESTORE key key bound bound BYSCORE [REV]"),
                    row(10, EXACT, "ZREMRANGEBYRANK key index index"),
                    row(10, EXACT, "ZREMRANGEBYSCORE key bound bound"),
                    row(15, EXACT, "ZPOPMIN key [count]"),
                    row(15, EXACT, "ZPOPMAX key [count]"),
                    row(10, EXACT, "ZMPOP 1 key <MIN|MAX> [COUNT count]"),
                    row(10, EXACT, "ZMPOP 2 key key <MIN|MAX> [COUNT count]"),
                    row(15, SAMPLE, "ZRANDMEMBER key [count [WITHSCORES]]"),
                    row(4, SCAN, "ZSCAN key cursor [MATCH pattern] [COUNT count]"),
                    row(
                            15,
                            EXACT,
                            "ZUNION 2 key key [WEIGHTS score score] [AGGREGATE <SUM|MIN|MAX>] "
                                    + "[WITHSCORES]"),
                    row(15, EXACT, "ZINTER 2 key key [AGGREGATE <SUM|MIN|MAX>] [WITHSCORES]"),
                    row(15, EXACT, "ZDIFF 2 key key [WITHSCORES]"),
                    row(10, EXACT, "ZINTERCARD 2 key key [LIMIT integer]"),
                    row(
                            20,
                            EXACT,
                            "ZUNIONSTORE key 3 key key key [WEIGHTS score score score] "
                                    + "[AGGREGATE <SUM|MIN|MAX>]"),
                    row(
                            15,
                            EXACT,
                            "ZINTERSTORE key 2 key key [WEIGHTS score score] "
                                    + "[AGGREGATE <SUM|MIN|MAX>]"),
                    row(15, EXACT, "ZDIFFSTORE key 2 key key"),
                    row(40, EXACT, "ZADD texts (0 member)..."),
                    row(15, EXACT, "ZLEXCOUNT texts text text"),
                    row(15, EXACT, "ZRANGEBYLEX texts text text [LIMIT index index]"),
                    row(15, EXACT, "ZREVRANGEBYLEX texts text text [LIMIT index index]"),
                    row(15, EXACT, "ZRANGE texts text text BYLEX [REV] [LIMIT index index]"),
                    row(10, EXACT, "ZREMRANGEBYLEX texts text text"),
                    row(20, EXACT, "PFADD sketch [value value]..."),
                    row(10, EXACT, "PFCOUNT sketch..."),
                    row(5, EXACT, "PFMERGE sketch sketch..."),
                    row(5, EXACT, "GET sketch"),
                    row(2, EXACT, "DEL sketch"),
                    row(2, EXACT, "PFCOUNT key..."),
                    // Places, in the keys of any
                    row(20, EXACT, "GEOADD key [NX|XX] [CH] (longitude latitude member)..."),
                    row(5, EXACT, "GEOPOS key member..."),
                    row(5, EXACT, "GEOHASH key member..."),
                    row(5, EXACT, "GEODIST key member member [M|KM|FT|MI|MM]"),
                    row(5, EXACT, "GEORADIUS key longitude latitude meters M [STORE key]"),
                    row(5, EXACT, "GEOSEARCH key FROMMEMBER member BYRADIUS meters M [WITHDIST]"),
                    row(
                            5,
                            EXACT,
                            "GEOSEARCHSTORE key key FROMLONLAT longitude latitude BYBOX meters"
                                    + " meters KM"),
                    // Keys
                    row(25, EXACT, "DEL key..."),
                    row(15, EXACT, "UNLINK key..."),
                    row(20, EXACT, "EXISTS key..."),
                    row(10, EXACT, "TYPE key"),
                    row(10, EXACT, "TOUCH key..."),
                    row(10, UNORDERED, "KEYS pattern"),
                    row(4, SCAN, "SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]"),
                    row(3, RANDOM_KEY, "RANDOMKEY"),
                    row(20, EXACT, "RENAME key key"),
                    row(15, EXACT, "RENAMENX key key"),
                    row(25, EXACT, "COPY key key [DB db] [REPLACE]"),
                    row(15, EXACT, "MOVE key db"),
                    row(10, EXACT, "DBSIZE"),
                    row(25, ENCODING, "OBJECT ENCODING key"),
                    row(2, ENCODING, "OBJECT subcommand [key]"),
                    row(2, EXACT, "FLUSHDB [ASYNC|SYNC]"),
                    row(1, EXACT, "FLUSHALL [ASYNC|SYNC]"),
                    // Expiry
                    row(20, SECONDS, "TTL key"),
                    row(20, MILLISECONDS, "PTTL key"),
                    row(10, SECONDS, "EXPIRETIME key"),
                    row(10, MILLISECONDS, "PEXPIRETIME key"),
                    row(20, EXACT, "EXPIRE key seconds [NX|XX|GT|LT]"),
                    row(20, EXACT, "PEXPIRE key milliseconds [NX|XX|GT|LT]"),
                    row(20, EXACT, "EXPIREAT key unix-seconds [NX|XX|GT|LT]"),
                    row(20, EXACT, "PEXPIREAT key unix-milliseconds [NX|XX|GT|LT]"),
                    row(10, EXACT, "PERSIST key"),
                    // Connection and databases
                    row(12, EXACT, "SELECT db"),
                    row(4, EXACT, "SWAPDB db db"),
                    row(8, EXACT, "PING [value]"),
                    row(8, EXACT, "ECHO value"),
                    row(4, HELLO, "HELLO [2|3]"),
                    row(2, HELLO, "HELLO <2|3> [SETNAME key] [AUTH key value]"),
                    row(2, EXACT, "AUTH value [value]"),
                    row(2, EXACT, "RESET"),
                    // Unknown commands
                    row(3, EXACT, "NOSUCHCOMMAND [value]..."),
                    row(3, EXACT, "hostile [key] [value]"),
                    row(1, EXACT, "GETT key"));

    private CommandTable() {}

    private static Row row(int weight, Comparison comparison, String syntax) {
        return new Row(weight, comparison, CommandSyntax.parse(syntax));
    }
}
