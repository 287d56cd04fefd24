package io.carnelian.server.settings;

import static io.carnelian.server.config.Parameter.HIDDEN;
import static io.carnelian.server.config.Parameter.IMMUTABLE;
import static io.carnelian.server.settings.Rows.INT_MAX;
import static io.carnelian.server.settings.Rows.KB;
import static io.carnelian.server.settings.Rows.LONG_MAX;
import static io.carnelian.server.settings.Rows.MB;

import io.carnelian.server.config.Amount;
import io.carnelian.server.config.Choice;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.Parameter;
import io.carnelian.server.config.Toggle;

/** The data: how much of it, how it is encoded, when it goes. */
public final class KeyspaceSettings {
    /** Values of {@code maxmemory-policy}, by the row's index. */
    private static final String[] POLICIES = {
        "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
        "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"
    };

    private static final long UNSHOWN_SET_ENTRIES = 64;
    private static final long UNSHOWN_SET_BYTES = 64;

    public final Amount databases = Rows.fixed("databases", 16, 1, INT_MAX);

    /** Integers from 0 up to this are one object each in replies. */
    public final Amount sharedIntegers =
            Amount.of("shared-integers", IMMUTABLE | HIDDEN, 10_000, 0, 1_000_000);

    public final KeyspaceEvents notifyKeyspaceEvents = new KeyspaceEvents();

    /** Bytes; 0 is no limit. */
    public final Amount maxmemory = Rows.bytes("maxmemory", 0, 0);

    public final Choice maxmemoryPolicy = Rows.one("maxmemory-policy", "noeviction", POLICIES);
    public final Amount maxmemorySamples = Rows.number("maxmemory-samples", 5, 1, INT_MAX);
    public final Amount maxmemoryEvictionTenacity =
            Rows.number("maxmemory-eviction-tenacity", 10, 0, 100);
    public final Amount lfuLogFactor = Rows.count("lfu-log-factor", 10);
    public final Amount lfuDecayTimeMinutes = Rows.count("lfu-decay-time", 1);
    public final Amount activeExpireEffort = Rows.number("active-expire-effort", 1, 1, 10);

    public final Toggle lazyEviction = Rows.no("lazyfree-lazy-eviction");
    public final Toggle lazyExpire = Rows.no("lazyfree-lazy-expire");
    public final Toggle lazyServerDel = Rows.no("lazyfree-lazy-server-del");
    public final Toggle lazyUserDel = Rows.no("lazyfree-lazy-user-del");
    public final Toggle lazyUserFlush = Rows.no("lazyfree-lazy-user-flush");

    public final Amount hashMaxListpackEntries =
            Rows.wide("hash-max-listpack-entries|hash-max-ziplist-entries", 512);
    public final Amount hashMaxListpackValue =
            Rows.bytes("hash-max-listpack-value|hash-max-ziplist-value", 64, 0);

    /** Entries of a list's chunk; -1 to -5 are 4, 8, 16, 32, 64 kilobytes. */
    public final Amount listMaxListpackSize =
            Rows.number(
                    "list-max-listpack-size|list-max-ziplist-size", -2, Integer.MIN_VALUE, INT_MAX);

    public final Amount listCompressDepth = Rows.count("list-compress-depth", 0);
    public final Amount setMaxIntsetEntries = Rows.wide("set-max-intset-entries", 512);

    /**
     * With 0 sets of strings are called hashtables, as in 7.0, however they are kept; a redis.conf
     * of 7.2 says 128.
     */
    public final Amount setMaxListpackEntries = Rows.wide("set-max-listpack-entries", 0);

    public final Amount setMaxListpackValue = Rows.bytes("set-max-listpack-value", 64, 0);
    public final Amount zsetMaxListpackEntries =
            Rows.wide("zset-max-listpack-entries|zset-max-ziplist-entries", 128);
    public final Amount zsetMaxListpackValue =
            Rows.bytes("zset-max-listpack-value|zset-max-ziplist-value", 64, 0);
    public final Amount hllSparseMaxBytes = Rows.bytes("hll-sparse-max-bytes", 3000, 0);
    public final Amount streamNodeMaxBytes = Rows.bytes("stream-node-max-bytes", 4 * KB, 0);
    public final Amount streamNodeMaxEntries = Rows.wide("stream-node-max-entries", 100);

    public final Toggle activerehashing = Rows.yes("activerehashing");
    public final Toggle activedefrag = Rows.no("activedefrag");
    public final Amount activeDefragCycleMin = Rows.number("active-defrag-cycle-min", 1, 1, 99);
    public final Amount activeDefragCycleMax = Rows.number("active-defrag-cycle-max", 25, 1, 99);
    public final Amount activeDefragThresholdLower =
            Rows.number("active-defrag-threshold-lower", 10, 0, 1000);
    public final Amount activeDefragThresholdUpper =
            Rows.number("active-defrag-threshold-upper", 100, 0, 1000);
    public final Amount activeDefragIgnoreBytes =
            Rows.bytes("active-defrag-ignore-bytes", 100 * MB, 1);
    public final Amount activeDefragMaxScanFields =
            Rows.number("active-defrag-max-scan-fields", 1000, 1, LONG_MAX);

    KeyspaceSettings(Config config) {
        Parameter[] rows = {
            databases,
            sharedIntegers,
            notifyKeyspaceEvents,
            maxmemory,
            maxmemoryPolicy,
            maxmemorySamples,
            maxmemoryEvictionTenacity,
            lfuLogFactor,
            lfuDecayTimeMinutes,
            activeExpireEffort,
            lazyEviction,
            lazyExpire,
            lazyServerDel,
            lazyUserDel,
            lazyUserFlush,
            hashMaxListpackEntries,
            hashMaxListpackValue,
            listMaxListpackSize,
            listCompressDepth,
            setMaxIntsetEntries,
            setMaxListpackEntries,
            setMaxListpackValue,
            zsetMaxListpackEntries,
            zsetMaxListpackValue,
            hllSparseMaxBytes,
            streamNodeMaxBytes,
            streamNodeMaxEntries,
            activerehashing,
            activedefrag,
            activeDefragCycleMin,
            activeDefragCycleMax,
            activeDefragThresholdLower,
            activeDefragThresholdUpper,
            activeDefragIgnoreBytes,
            activeDefragMaxScanFields
        };
        for (Parameter row : rows) {
            config.add(row);
        }
    }

    /** Whether packed sets of strings are called listpacks, as in Redis 7.2. */
    public boolean listpackSetsShown() {
        return setMaxListpackEntries.value > 0;
    }

    /** Members of a packed set of strings at most: a small one is packed whatever it is called. */
    public long packedSetEntries() {
        return listpackSetsShown() ? setMaxListpackEntries.value : UNSHOWN_SET_ENTRIES;
    }

    /** Bytes of a member of such a set at most. */
    public long packedSetBytes() {
        return listpackSetsShown() ? setMaxListpackValue.value : UNSHOWN_SET_BYTES;
    }

    /** Integers that are shared now: none while eviction needs an access clock for each value. */
    public int integersShared() {
        String policy = maxmemoryPolicy.text();
        boolean clocks = policy.endsWith("-lru") || policy.endsWith("-lfu");
        return maxmemory.value != 0 && clocks ? 0 : sharedIntegers.intValue();
    }
}
