package io.carnelian.server.reclaim;

/** Which keys {@code maxmemory-policy} gives up first, and among which it chooses. */
public enum EvictionPolicy {
    VOLATILE_LRU(Order.LEAST_RECENT, true),
    VOLATILE_LFU(Order.LEAST_FREQUENT, true),
    VOLATILE_RANDOM(Order.RANDOM, true),
    VOLATILE_TTL(Order.SOONEST_EXPIRY, true),
    ALLKEYS_LRU(Order.LEAST_RECENT, false),
    ALLKEYS_LFU(Order.LEAST_FREQUENT, false),
    ALLKEYS_RANDOM(Order.RANDOM, false),
    NOEVICTION(Order.NONE, false);

    /** What makes a key the next to go. */
    enum Order {
        LEAST_RECENT,
        LEAST_FREQUENT,
        SOONEST_EXPIRY,
        RANDOM,
        NONE
    }

    final Order order;

    /** Only keys with an expiry are candidates. */
    final boolean expiringOnly;

    EvictionPolicy(Order order, boolean expiringOnly) {
        this.order = order;
        this.expiringOnly = expiringOnly;
    }

    /** The policy of a name as redis.conf spells it: {@code allkeys-lru}. */
    public static EvictionPolicy named(String name) {
        for (EvictionPolicy policy : values()) {
            if (policy.toString().equals(name)) {
                return policy;
            }
        }
        throw new IllegalArgumentException(name);
    }

    /** Whether access clocks count uses instead of noting their time. */
    public boolean countsUses() {
        return order == Order.LEAST_FREQUENT;
    }

    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
