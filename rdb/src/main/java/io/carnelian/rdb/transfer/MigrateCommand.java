package io.carnelian.rdb.transfer;

import static io.carnelian.server.command.Categories.DANGEROUS;
import static io.carnelian.server.command.Categories.KEYSPACE;
import static io.carnelian.server.command.Flags.MOVABLE_KEYS;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.rdb.RdbConfig;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Effects;
import io.carnelian.server.command.Executor;
import io.carnelian.server.command.Keys;
import io.carnelian.server.connection.Pause;
import io.carnelian.server.info.Fields;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.notify.Notifications;
import io.carnelian.server.resp.CommandBytes;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * MIGRATE: moves keys to another server.
 *
 * <pre>
 *   command thread    dump the values, pause writes ──────────── message: delete what was taken,
 *                            │                                     ▲      answer, writes go on
 *   its own thread           └── connect, RESTORE ..., answers ────┘
 * </pre>
 *
 * Redis stops the whole server meanwhile. Here everybody may read, and writes wait as in a CLIENT
 * PAUSE: so a key can't change between its dump and its deletion. In a transaction, where nothing
 * can wait, the command thread does it all.
 */
public final class MigrateCommand implements BlockedClients.Wait {
    private static final long USUAL_TIMEOUT_MS = 1000;
    private static final int OPTIONS = 6;
    private static final Token COPY = Token.of("COPY");
    private static final Token REPLACE = Token.of("REPLACE");
    private static final Token AUTH = Token.of("AUTH");
    private static final Token AUTH2 = Token.of("AUTH2");
    private static final Token KEYS = Token.of("KEYS");
    private static final ErrorReply KEY_NOT_EMPTY =
            ErrorReply.of(
                    "ERR When using MIGRATE KEYS option, the key argument must be set to the empty"
                            + " string");

    /** What the client asked for. */
    private static final class Wish {
        boolean copy;
        boolean replace;
        byte[] auth = new byte[0];
        int firstKey = 3;
        int lastKey = 3;
    }

    /** What is under way; {@code byReplica}: this server was one when it began. */
    private record Job(
            Client client, Database db, boolean copy, boolean byReplica, List<byte[]> keys) {}

    private final Executor executor;
    private final Effects effects;
    private final Notifications notifications;
    private final BlockedClients blocked;
    private final Pause pause;
    private final Mailbox mailbox;
    private final Payloads payloads;
    private final RdbConfig config;
    private final ByteBufAllocator allocator;
    private final PeerSockets sockets = new PeerSockets();
    private BooleanSupplier replica = () -> false;

    public MigrateCommand(
            Executor executor,
            Effects effects,
            Notifications notifications,
            BlockedClients blocked,
            Pause pause,
            Mailbox mailbox,
            Payloads payloads,
            RdbConfig config,
            ByteBufAllocator allocator) {
        this.executor = executor;
        this.effects = effects;
        this.notifications = notifications;
        this.blocked = blocked;
        this.pause = pause;
        this.mailbox = mailbox;
        this.payloads = payloads;
        this.config = config;
        this.allocator = allocator;
    }

    public void addTo(CommandTable commands) {
        int flags = WRITE | MOVABLE_KEYS;
        commands.add("migrate", -6, flags, new Keys(3, 3, 1), KEYSPACE | DANGEROUS, this::migrate);
    }

    /** Whether this server is a replica: who has just become one deletes nothing any more. */
    public void replica(BooleanSupplier is) {
        replica = is;
    }

    public void everySecond() {
        sockets.everySecond();
    }

    public void stats(Fields to) {
        to.put("migrate_cached_sockets", sockets.kept());
    }

    private static Wish wish(Call call) {
        Wish wish = new Wish();
        for (int i = OPTIONS; i < call.argc(); i++) {
            int more = call.argc() - 1 - i;
            if (call.is(i, COPY)) {
                wish.copy = true;
            } else if (call.is(i, REPLACE)) {
                wish.replace = true;
            } else if (call.is(i, AUTH) && more > 0) {
                call.redact(i + 1);
                wish.auth = Migration.command(Migration.ascii("AUTH"), call.bytes(++i));
            } else if (call.is(i, AUTH2) && more > 1) {
                call.redact(i + 1);
                call.redact(i + 2);
                byte[] name = call.bytes(++i);
                wish.auth = Migration.command(Migration.ascii("AUTH"), name, call.bytes(++i));
            } else if (call.is(i, KEYS)) {
                if (call.length(3) != 0) {
                    throw KEY_NOT_EMPTY.error();
                }
                wish.firstKey = i + 1;
                wish.lastKey = call.argc() - 1;
                break;
            } else {
                throw Errors.syntax();
            }
        }
        return wish;
    }

    private void migrate(Call call) {
        Wish wish = wish(call);
        long given = call.longArg(5);
        long db = call.longArg(4);
        int timeoutMs = (int) Math.min(given <= 0 ? USUAL_TIMEOUT_MS : given, Integer.MAX_VALUE);
        String port = call.string(2);
        int number = port.matches("[0-9]{1,5}") ? Integer.parseInt(port) & 0xFFFF : 0;
        List<byte[]> keys = new ArrayList<>();
        CommandBytes restores = new CommandBytes(allocator);
        try {
            for (int i = wish.firstKey; i <= wish.lastKey; i++) {
                addRestore(call, i, wish.replace, keys, restores);
            }
            if (keys.isEmpty()) {
                call.reply().simple("NOKEY");
                return;
            }
            byte[] select =
                    Migration.command(
                            Migration.ascii("SELECT"), Migration.ascii(Long.toString(db)));
            Migration.Order order =
                    new Migration.Order(
                            call.string(1), number, timeoutMs, wish.auth, select, db, keys.size());
            ByteBuf bytes = allocator.directBuffer(restores.length());
            Memory.copy(restores.address(), bytes.memoryAddress(), restores.length());
            bytes.writerIndex(restores.length());
            boolean byReplica = replica.getAsBoolean();
            Job job = new Job(call.client(), call.db(), wish.copy, byReplica, keys);
            begin(call, job, order, bytes);
        } finally {
            restores.free();
        }
    }

    private void addRestore(
            Call call, int i, boolean replace, List<byte[]> keys, CommandBytes restores) {
        Key key = call.key(i);
        long record = call.db().lookupRead(key);
        if (record == 0) {
            return;
        }
        long expireAtMs = Record.expireAt(record);
        long ttl = expireAtMs == Record.NEVER ? 0 : Math.max(1, expireAtMs - call.nowMs());
        ByteBuf payload =
                payloads.dump(record, config.saveVersion.intValue(), config.compression.on);
        try {
            restores.begin(replace ? 5 : 4)
                    .arg("RESTORE")
                    .arg(key.address, key.length)
                    .argLong(ttl)
                    .arg(payload.memoryAddress(), payload.readableBytes());
            if (replace) {
                restores.arg("REPLACE");
            }
        } finally {
            payload.release();
        }
        keys.add(call.bytes(i));
    }

    private void begin(Call call, Job job, Migration.Order order, ByteBuf restores) {
        Migration migration = new Migration(order, restores, sockets);
        call.dontPropagate();
        if (!call.mayBlock()) {
            try {
                migration.run();
            } finally {
                restores.release();
            }
            finish(job, migration, call.reply(), call);
            return;
        }
        pause.begin(Pause.Purpose.MIGRATION, Pause.Kind.WRITES, Long.MAX_VALUE);
        blocked.block(call.client(), 0, this);
        Thread.ofPlatform()
                .daemon()
                .name("migrate")
                .start(() -> {
                    try {
                        migration.run();
                    } finally {
                        mailbox.post(() -> ended(job, migration, restores));
                    }
                });
    }

    private void ended(Job job, Migration migration, ByteBuf restores) {
        restores.release();
        pause.end(Pause.Purpose.MIGRATION);
        boolean there = blocked.isBlocked(job.client);
        Reply reply = there ? blocked.replyTo(job.client) : null;
        if (job.byReplica || !replica.getAsBoolean()) {
            finish(job, migration, reply, null);
            executor.propagateEffects();
        } else if (reply != null) {
            // The keys are the primary's by now, perhaps with other values: they stay.
            reply.error(BlockedClients.ROLE_CHANGED);
        }
        if (there) {
            blocked.served(job.client);
        }
    }

    /** Deletes what the peer has taken, and answers. */
    private void finish(Job job, Migration migration, @Nullable Reply reply, @Nullable Call call) {
        if (!job.copy) {
            delete(job, migration, call);
        }
        if (reply == null) {
            return;
        }
        if (!migration.refusal.isEmpty()) {
            reply.error(ErrorReply.of(migration.refusal));
        } else if (!migration.failure.isEmpty()) {
            reply.error(ErrorReply.of(migration.failure));
        } else {
            reply.ok();
        }
    }

    private void delete(Job job, Migration migration, @Nullable Call call) {
        int count = migration.taken.cardinality();
        if (count == 0) {
            return;
        }
        CommandBytes told = effects.begin(job.db, 1 + count).arg("DEL");
        Key key = new Key();
        for (int i = 0; i < job.keys.size(); i++) {
            if (!migration.taken.get(i)) {
                continue;
            }
            byte[] name = job.keys.get(i);
            told.arg(name);
            ByteBuf bytes = allocator.directBuffer(Math.max(1, name.length));
            try {
                bytes.writeBytes(name);
                key.set(bytes.memoryAddress(), name.length);
                if (job.db.delete(key)) {
                    notifications.tell(KeyspaceEvent.DEL, job.db, key);
                    if (call != null) {
                        call.dirty();
                    } else {
                        executor.stats().countChange();
                    }
                }
            } finally {
                bytes.release();
            }
        }
    }

    @Override
    public void timedOut(Client client, Reply reply) {
        throw new IllegalStateException("a migration has time-outs of its own");
    }

    @Override
    public void left(Client client) {}

    @Override
    public boolean mayBeUnblocked() {
        return false;
    }
}
