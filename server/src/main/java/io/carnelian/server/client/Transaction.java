package io.carnelian.server.client;

import io.netty.buffer.ByteBufAllocator;

/** What a client has queued between MULTI and EXEC. */
public final class Transaction {
    private final QueuedRequests requests;

    /** A command was refused while queueing: EXEC will answer EXECABORT. */
    public boolean failed;

    /** Flags of all queued commands together, and the gates that could refuse one of them. */
    public int flags;

    public int gates;

    public Transaction(ByteBufAllocator allocator) {
        this.requests = new QueuedRequests(allocator);
    }

    public QueuedRequests requests() {
        return requests;
    }
}
