package io.carnelian.replication.primary;

import io.carnelian.rdb.save.RdbFacts;
import io.carnelian.rdb.save.SnapshotEncoder;
import io.carnelian.replication.NodeHistory;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.replication.ReplicationLog;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;

/**
 * Full resyncs: who waits for one, who is being sent one, and how each ends. Replicas that start
 * together make a round; each has a cut, a thread and a pace of its own, so that a slow one holds
 * up nobody.
 *
 * <pre>
 *   request ─┬─ no delay ────────────────────────► round of one ─┐
 *            └─ WAITING ─ delay over, enough here ─► round ───────┤ one turn: end of turn │ cut │
 *                                                                │ cursor parked │ +FULLRESYNC
 *                                    snapshot threads: FullSync ◄┘
 *                                              └─ message ─► AWAIT_ACK, ONLINE, or gone
 * </pre>
 *
 * Command thread only, but for {@link FullSync}, which comes back through the {@link Mailbox}.
 */
final class Transfers {
    /** Replicas that were started together. */
    private static final class Round {
        private final List<Replica> members;
        private int open;

        Round(List<Replica> members) {
            this.members = members;
            this.open = members.size();
        }

        /** How many of them are still there. */
        int up() {
            int count = 0;
            for (Replica replica : members) {
                count += replica.isFollowing() ? 1 : 0;
            }
            return count;
        }
    }

    private final Primary primary;
    private final Keyspace keyspace;
    private final WriteStream stream;
    private final NodeHistory history;
    private final ReplicationConfig config;
    private final ReplicationLog log;
    private final Mailbox mailbox;
    private final ByteBufAllocator allocator;
    private final ThreadFactory threads;
    private final LongSupplier keyDelayMicros;
    private final List<Replica> waiting = new ArrayList<>();
    private long waitingSinceMs;
    private int running;

    /**
     * @param threads makes the threads that send snapshots
     * @param keyDelayMicros a pause after every key; asked on those threads
     */
    Transfers(
            Primary primary,
            Keyspace keyspace,
            WriteStream stream,
            NodeHistory history,
            ReplicationConfig config,
            ReplicationLog log,
            Mailbox mailbox,
            ByteBufAllocator allocator,
            ThreadFactory threads,
            LongSupplier keyDelayMicros) {
        this.primary = primary;
        this.keyspace = keyspace;
        this.stream = stream;
        this.history = history;
        this.config = config;
        this.log = log;
        this.mailbox = mailbox;
        this.allocator = allocator;
        this.threads = threads;
        this.keyDelayMicros = keyDelayMicros;
    }

    /**
     * A replica that follows needs everything.
     *
     * @param announce whether it is told the history: it came with PSYNC
     */
    void request(Replica replica, boolean announce) {
        replica.announce = announce;
        if (!isMarked(replica) || config.syncDelayMs() == 0) {
            start(List.of(replica));
            return;
        }
        replica.state(ReplicaState.WAITING, "others may come");
        if (waiting.isEmpty()) {
            waitingSinceMs = keyspace.nowMs();
        }
        waiting.add(replica);
        log.delayed(config.syncDelayMs() / 1000);
        startWaiting(keyspace.nowMs());
    }

    private boolean isMarked(Replica replica) {
        return replica.capaEof && config.disklessSync.on;
    }

    /** Starts those who wait, if it is time; to be called every tick. */
    void startWaiting(long nowMs) {
        waiting.removeIf(replica -> replica.state() != ReplicaState.WAITING);
        long enough = config.syncMaxReplicas.value;
        boolean due = nowMs - waitingSinceMs >= config.syncDelayMs();
        if (!waiting.isEmpty() && (due || (enough > 0 && waiting.size() >= enough))) {
            List<Replica> round = List.copyOf(waiting);
            waiting.clear();
            start(round);
        }
    }

    private void start(List<Replica> replicas) {
        Round round = new Round(replicas);
        for (Replica replica : replicas) {
            begin(replica, round);
        }
    }

    /**
     * The cut, the cursor's place and the announced offset are of one moment: nothing is executed
     * between them.
     */
    private void begin(Replica replica, Round round) {
        Backlog kept = primary.requireBacklog();
        stream.endTurn();
        stream.forgetDb();
        long position = primary.position();
        replica.park(kept.cursorAt(position));
        RdbFacts facts =
                RdbFacts.of(keyspace.nowMs(), keyspace.slabs().usedBytes())
                        .at(history.replid(), position, primary.streamDb())
                        .from(history.origin());
        Snapshot snapshot = keyspace.cut();
        SnapshotEncoder encoder =
                new SnapshotEncoder(snapshot, facts, config.checksum.on, !replica.withoutKeys);
        boolean marked = isMarked(replica);
        if (replica.announce) {
            replica.say("+FULLRESYNC " + history.replid() + " " + position + "\r\n");
        }
        replica.state(marked ? ReplicaState.TRANSFER : ReplicaState.COUNTING, "full resync");
        FullSync sync =
                new FullSync(
                        encoder,
                        replica.link(),
                        allocator,
                        marked ? history.newId() : "",
                        keyspace.size(),
                        keyDelayMicros,
                        new Returning(replica, snapshot, encoder, round));
        replica.begin(sync, keyspace.nowMs());
        running++;
        Thread thread = threads.newThread(sync);
        log.transferStarts(marked, thread.getName());
        thread.start();
    }

    /** The snapshot thread's messages, each of which becomes a turn of the command thread. */
    private final class Returning implements FullSync.Outcome {
        private final Replica replica;
        private final Snapshot snapshot;
        private final SnapshotEncoder encoder;
        private final Round round;

        Returning(Replica replica, Snapshot snapshot, SnapshotEncoder encoder, Round round) {
            this.replica = replica;
            this.snapshot = snapshot;
            this.encoder = encoder;
            this.round = round;
        }

        @Override
        public void counted() {
            mailbox.post(() -> {
                if (replica.state() == ReplicaState.COUNTING) {
                    replica.state(ReplicaState.TRANSFER, "length known");
                }
            });
        }

        @Override
        public void done(long ms) {
            mailbox.post(() -> {
                end();
                log.transferEnded(encoder.keysDone(), encoder.bytesDone(), ms);
                sent(replica);
            });
        }

        @Override
        public void stopped() {
            mailbox.post(() -> {
                primary.drop(replica, "the connection has ended");
                end();
                log.transferFailed(replica.name(), "the connection has ended");
            });
        }

        @Override
        public void failed(Throwable cause) {
            mailbox.post(() -> {
                end();
                log.transferBroke(replica.name(), cause);
                primary.drop(replica, "snapshot failed");
            });
        }

        private void end() {
            keyspace.end(snapshot);
            running--;
            round.open--;
            if (round.open == 0) {
                log.roundEnded(round.up());
            }
        }
    }

    private void sent(Replica replica) {
        if (replica.state() != ReplicaState.TRANSFER) {
            return;
        }
        boolean marked = replica.endTransfer();
        replica.ackedAtMs = keyspace.nowMs();
        if (replica.rdbOnly) {
            log.rdbOnlyDone(replica.name());
            replica.client().closeAfterReply();
            return;
        }
        if (marked) {
            log.waitsForAck(replica.name());
            replica.state(ReplicaState.AWAIT_ACK, "mark sent");
        } else {
            replica.state(ReplicaState.ONLINE, "payload sent");
        }
        log.synced(replica.name());
        replica.pump();
    }

    /** Everything was deleted: payloads on their way are of no use, and hold what was deleted. */
    void flushedAll() {
        if (running > 0) {
            mailbox.post(this::beginAnew);
        }
    }

    private void beginAnew() {
        for (Replica replica : primary.copyOfFollowing()) {
            ReplicaState state = replica.state();
            if (state == ReplicaState.COUNTING || state == ReplicaState.TRANSFER) {
                log.transferUseless(replica.name());
                primary.drop(replica, "everything was deleted");
            }
        }
    }

    /** How many payloads are on their way, those of replicas that have just gone included. */
    int running() {
        return running;
    }
}
