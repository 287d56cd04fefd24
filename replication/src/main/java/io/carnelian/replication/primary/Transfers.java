package io.carnelian.replication.primary;

import io.carnelian.rdb.save.RdbFacts;
import io.carnelian.rdb.save.SnapshotEncoder;
import io.carnelian.replication.NodeHistory;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.replication.ReplicationLog;
import io.carnelian.replication.payload.LivePayload;
import io.carnelian.replication.payload.Payload;
import io.carnelian.replication.payload.PayloadFile;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;

/**
 * Full resyncs: who waits for one, who is being sent one, and how each ends. Replicas that take a
 * snapshot straight from its walk make a round; each has a cut, a thread and a pace of its own, so
 * that a slow one holds up nobody. Those who need the length first, all of them with {@code
 * repl-diskless-sync no}, wait for a file; who comes while it is being written waits for the same
 * one. It is then sent to each at its own pace, and the snapshot has ended.
 *
 * <pre>
 *   request ─┬─ no delay ────────────────────────► round of one ─┐
 *            ├─ WAITING ─ delay over, enough here ─► round ───────┤ one turn: end of turn │ cut │
 *            │                                                   │ cursor parked │ +FULLRESYNC
 *            │                       snapshot threads: FullSync ◄┤
 *            └─ WRITING ─► a file: its own turn and cut, or ─────┘
 *                          that of the one that is being written
 *                                              └─ message ─► AWAIT_ACK, ONLINE, or gone
 * </pre>
 *
 * Command thread only, but for {@link FullSync} and the writing of files, which come back through
 * the {@link Mailbox}.
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

    /** Replicas that wait for one file, which is being written. */
    private record FileRound(
            PayloadFile file,
            Snapshot snapshot,
            SnapshotEncoder encoder,
            String replid,
            long position,
            boolean withoutKeys,
            List<Replica> members) {
        boolean isWanted() {
            for (Replica replica : members) {
                if (replica.state() == ReplicaState.WRITING) {
                    return true;
                }
            }
            return false;
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
    private final List<FileRound> files = new ArrayList<>();
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
        if (!isMarked(replica)) {
            awaitFile(replica);
            return;
        }
        if (config.syncDelayMs() == 0) {
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
        for (FileRound round : files) {
            if (!round.isWanted()) {
                round.file().abandon();
            }
        }
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
        prepareCut();
        follow(replica, primary.position());
        Snapshot snapshot = keyspace.cut();
        SnapshotEncoder encoder = encoder(snapshot, replica);
        replica.state(ReplicaState.TRANSFER, "full resync");
        running++;
        String thread =
                send(
                        replica,
                        new LivePayload(encoder, keyspace.size(), keyDelayMicros),
                        history.newId(),
                        new Live(replica, snapshot, encoder, round));
        log.transferStarts("replicas sockets", thread);
    }

    private void prepareCut() {
        // First: what was appended before belongs to the history of before, if one begins here.
        stream.endTurn();
        var _ = primary.requireBacklog();
        stream.forgetDb();
    }

    /** The replica will read the stream from there on, and is told so. */
    private void follow(Replica replica, long position) {
        replica.park(primary.requireBacklog().cursorAt(position));
        if (replica.announce) {
            replica.say("+FULLRESYNC " + history.replid() + " " + position + "\r\n");
        }
    }

    private SnapshotEncoder encoder(Snapshot snapshot, Replica replica) {
        RdbFacts facts =
                RdbFacts.of(keyspace.nowMs(), keyspace.slabs().usedBytes())
                        .at(history.replid(), primary.position(), primary.streamDb())
                        .from(history.origin());
        return new SnapshotEncoder(snapshot, facts, config.checksum.on, !replica.withoutKeys);
    }

    private String send(Replica replica, Payload payload, String mark, FullSync.Outcome outcome) {
        FullSync sync = new FullSync(payload, replica.link(), allocator, mark, outcome);
        replica.begin(sync, keyspace.nowMs());
        Thread thread = threads.newThread(sync);
        thread.start();
        return thread.getName();
    }

    // ---- by file

    private void awaitFile(Replica replica) {
        prepareCut();
        FileRound round = files.isEmpty() ? null : files.getLast();
        if (round == null || !mayShare(round, replica)) {
            round = beginFile(replica);
        } else {
            log.sharesFile(replica.name());
        }
        follow(replica, round.position());
        replica.state(ReplicaState.WRITING, "full resync");
        round.members().add(replica);
    }

    /** Its stream must still be there from the cut on: as a rule its first member holds it. */
    private boolean mayShare(FileRound round, Replica replica) {
        return round.isWanted()
                && round.withoutKeys() == replica.withoutKeys
                && round.replid().equals(history.replid())
                && round.position() >= primary.requireBacklog().firstPosition();
    }

    private FileRound beginFile(Replica replica) {
        Snapshot snapshot = keyspace.cut();
        Path path = config.directory().resolve(SpillFiles.payloadName());
        FileRound round =
                new FileRound(
                        new PayloadFile(path, keyDelayMicros),
                        snapshot,
                        encoder(snapshot, replica),
                        history.replid(),
                        primary.position(),
                        replica.withoutKeys,
                        new ArrayList<>());
        files.add(round);
        running++;
        Thread thread = threads.newThread(() -> write(round));
        log.transferStarts("disk", thread.getName());
        thread.start();
        return round;
    }

    /** On a snapshot thread. */
    private void write(FileRound round) {
        long begin = System.nanoTime();
        try {
            round.file().write(round.encoder(), new byte[FullSync.CHUNK_BYTES]);
            long ms = (System.nanoTime() - begin) / 1_000_000;
            mailbox.post(() -> {
                log.transferEnded(round.encoder().keysDone(), round.encoder().bytesDone(), ms);
                written(round);
            });
        } catch (IOException | RuntimeException | Error e) {
            mailbox.post(() -> notWritten(round, e));
        }
    }

    private void written(FileRound round) {
        endFile(round);
        for (Replica replica : round.members()) {
            if (replica.state() == ReplicaState.WRITING) {
                replica.state(ReplicaState.TRANSFER, "file complete");
                var _ = send(replica, round.file().retain(), "", new OfFile(replica));
            }
        }
        round.file().release();
    }

    private void notWritten(FileRound round, Throwable cause) {
        endFile(round);
        for (Replica replica : round.members()) {
            if (replica.state() == ReplicaState.WRITING) {
                log.transferBroke(replica.name(), cause);
                primary.drop(replica, "snapshot failed");
            }
        }
        round.file().release();
    }

    private void endFile(FileRound round) {
        keyspace.end(round.snapshot());
        running--;
        files.remove(round);
    }

    // ---- how a sending ends

    /** The messages of a thread that sends, each of which becomes a turn of the command thread. */
    private class OfFile implements FullSync.Outcome {
        private final Replica replica;

        OfFile(Replica replica) {
            this.replica = replica;
        }

        @Override
        public void done(long ms) {
            mailbox.post(() -> {
                end(ms);
                sent(replica);
            });
        }

        @Override
        public void stopped() {
            mailbox.post(() -> {
                primary.drop(replica, "the connection has ended");
                end(-1);
                log.transferFailed(replica.name(), "the connection has ended");
            });
        }

        @Override
        public void failed(Throwable cause) {
            mailbox.post(() -> {
                end(-1);
                log.transferBroke(replica.name(), cause);
                primary.drop(replica, "snapshot failed");
            });
        }

        /** Gives back what it had, in {@code ms}, or less than 0 if it was not sent. */
        void end(long ms) {}
    }

    /** The same of one that walks a snapshot. */
    private final class Live extends OfFile {
        private final Snapshot snapshot;
        private final SnapshotEncoder encoder;
        private final Round round;

        Live(Replica replica, Snapshot snapshot, SnapshotEncoder encoder, Round round) {
            super(replica);
            this.snapshot = snapshot;
            this.encoder = encoder;
            this.round = round;
        }

        @Override
        void end(long ms) {
            keyspace.end(snapshot);
            running--;
            if (ms >= 0) {
                log.transferEnded(encoder.keysDone(), encoder.bytesDone(), ms);
            }
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
            if (state == ReplicaState.WRITING || state == ReplicaState.TRANSFER) {
                log.transferUseless(replica.name());
                primary.drop(replica, "everything was deleted");
            }
        }
    }

    /** How many snapshots are on their way, those of replicas that have just gone included. */
    int running() {
        return running;
    }
}
