package io.carnelian.server.command;

/**
 * The checks between a parsed request and its execution, in their order. Each can refuse the
 * command (or queue or park it); the first that does decides. A gate costs nothing while it is not
 * armed: see {@link Gates}.
 */
public enum Gate {
    ARITY,
    AUTH,
    ACL,
    CLUSTER,
    CLIENT_MEMORY,
    /** Armed for a client that follows: it may acknowledge, and ask for nothing. */
    REPLICA,
    MAXMEMORY,
    DISK_ERROR,
    MIN_REPLICAS,
    READ_ONLY,
    PUBSUB_CONTEXT,
    STALE,
    LOADING,
    BUSY,
    /** Armed for a client that monitors: it may not touch the data. */
    MONITOR,
    PAUSED,
    TX_QUEUE,
    COLD;

    /** This gate's bit in masks. */
    public int bit() {
        return 1 << ordinal();
    }

    /**
     * The gates that can ever refuse a command with these flags, as bits. ARITY is checked before,
     * always.
     */
    static int relevantTo(int flags) {
        int gates =
                ACL.bit()
                        | CLUSTER.bit()
                        | CLIENT_MEMORY.bit()
                        | REPLICA.bit()
                        | PUBSUB_CONTEXT.bit()
                        | PAUSED.bit()
                        | TX_QUEUE.bit()
                        | COLD.bit();
        if ((flags & Flags.NO_AUTH) == 0) {
            gates |= AUTH.bit();
        }
        boolean write = (flags & Flags.WRITE) != 0;
        gates |= MAXMEMORY.bit();
        if (write || (flags & Flags.MAY_REPLICATE) != 0) {
            gates |= DISK_ERROR.bit() | MIN_REPLICAS.bit() | READ_ONLY.bit();
        }
        if ((flags & (Flags.WRITE | Flags.READONLY | Flags.MAY_REPLICATE)) != 0) {
            gates |= MONITOR.bit();
        }
        if ((flags & Flags.STALE) == 0) {
            gates |= STALE.bit();
        }
        if ((flags & Flags.LOADING) == 0) {
            gates |= LOADING.bit();
        }
        if ((flags & Flags.ALLOW_BUSY) == 0) {
            gates |= BUSY.bit();
        }
        return gates;
    }
}
