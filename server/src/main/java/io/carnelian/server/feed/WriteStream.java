package io.carnelian.server.feed;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.CommandBytes;
import io.carnelian.server.resp.Numbers;
import io.carnelian.server.resp.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one stream of effects. Every change to the keyspace is encoded here once, as a RESP command,
 * gets its offset and goes to the sinks in their fixed order (AOF, then replication backlog) at the
 * end of the turn. SELECT is put in whenever the database changes.
 *
 * <pre>
 *   call ──append──► block │SELECT 0│SET k v│INCR n│ … ──endTurn──► sink 1, sink 2
 *                          offset = start of block + position
 * </pre>
 *
 * Without sinks nothing is encoded and the offset stands still, as in Redis without backlog. A
 * replica's stream is its primary's, byte by byte: see {@link #relaying}. Command thread only.
 */
public final class WriteStream {
    /** Size of a block unless one command needs more, in bytes. */
    public static final int BLOCK_BYTES = 64 * 1024;

    private static final int MIN_BLOCK_BYTES = 8 * 1024;

    private static final byte[] MULTI = Reply.ascii("*1\r\n$5\r\nMULTI\r\n");
    private static final byte[] EXEC = Reply.ascii("*1\r\n$4\r\nEXEC\r\n");
    private static final short CRLF = (short) ('\r' | ('\n' << 8));

    private final ByteBufAllocator allocator;
    private final List<Sink> sinks = new ArrayList<>();
    private @Nullable StreamBlock block;
    private int delivered;
    private long offset;

    /** How far the offset has jumped back, all in all. */
    private long jumpedBack;

    private int selectedDb = -1;

    /** Effects are wanted: somebody reads them, and they are our own to tell. */
    private boolean encodes;

    private boolean relaying;
    private int blockBytes = BLOCK_BYTES;

    public WriteStream(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /**
     * Adds a sink behind those that are there. What was appended before goes only to the earlier
     * ones.
     */
    public void addSink(Sink sink) {
        endTurn();
        sinks.add(sink);
        encodes = !relaying;
        selectedDb = -1;
    }

    public void removeSink(Sink sink) {
        endTurn();
        sinks.remove(sink);
        encodes = !relaying && !sinks.isEmpty();
    }

    /** Blocks to come have about this size, as far as it is a sensible one. */
    public void blockBytes(long wanted) {
        blockBytes = Math.clamp(wanted, MIN_BLOCK_BYTES, BLOCK_BYTES);
    }

    public boolean isActive() {
        return !sinks.isEmpty();
    }

    /** Offset after the last byte appended. */
    public long offset() {
        return offset;
    }

    /**
     * Bytes appended since the start: grows with the offset, but does not jump with it. What must
     * be on the disk before a reply is told by this.
     */
    public long appended() {
        return offset + jumpedBack;
    }

    /** Offset where the stream was when {@link #appended} was so much. */
    public long offsetAt(long appendedThen) {
        return offset - (appended() - appendedThen);
    }

    /** Continues at another offset: after a restart, or as a replica at its primary's. */
    public void continueAt(long newOffset) {
        endTurn();
        dropBlock();
        jumpedBack += offset - newOffset;
        offset = newOffset;
        selectedDb = -1;
    }

    /**
     * While on, the stream is that of the primary that we follow: it grows by {@link #relay} alone,
     * and effects of our own are not told to anybody.
     */
    public void relaying(boolean on) {
        endTurn();
        relaying = on;
        encodes = !relaying && !sinks.isEmpty();
        selectedDb = -1;
    }

    public boolean isRelaying() {
        return relaying;
    }

    /** The database that readers are in at the end of the stream, when it is our own. */
    public int db() {
        return Math.max(0, selectedDb);
    }

    /** The next bytes of our primary's stream, as they came. They may end up in several blocks. */
    public void relay(long address, int length) {
        if (!relaying) {
            throw new IllegalStateException("the stream is our own");
        }
        if (sinks.isEmpty()) {
            dropBlock();
            offset += length;
            return;
        }
        int done = 0;
        while (done < length) {
            StreamBlock to = room(1);
            int part = Math.min(length - done, to.capacity() - to.used());
            Memory.copy(address + done, to.address() + to.used(), part);
            to.advance(part);
            offset += part;
            done += part;
        }
    }

    /** The next effect begins with SELECT: somebody starts to read here. */
    public void forgetDb() {
        selectedDb = -1;
    }

    /** Appends one command already encoded as RESP. */
    public void append(int db, long address, int length) {
        if (!encodes) {
            return;
        }
        select(db);
        copyIn(address, length);
    }

    /** Appends a command given by its arguments, as parallel ranges of two arrays. */
    public void append(int db, long[] argAddress, int[] argLength, int first, int argc) {
        if (!encodes) {
            return;
        }
        select(db);
        long total = 3L + Numbers.digits(argc);
        for (int i = first; i < first + argc; i++) {
            total += CommandBytes.encodedArgBytes(argLength[i]);
        }
        StreamBlock to = room(total);
        long start = to.address() + to.used();
        long at = start + Numbers.putLine(start, (byte) '*', argc);
        for (int i = first; i < first + argc; i++) {
            int length = argLength[i];
            at += Numbers.putLine(at, (byte) '$', length);
            Memory.copy(argAddress[i], at, length);
            Memory.putShort(at + length, CRLF);
            at += length + 2;
        }
        assert at - start == total;
        to.advance((int) total);
        offset += total;
    }

    /** Begins a transaction in the stream; SELECT for its first command stands before it. */
    public void appendMulti(int db) {
        if (encodes) {
            select(db);
            appendRaw(MULTI);
        }
    }

    /** Ends it. */
    public void appendExec() {
        appendRaw(EXEC);
    }

    /** Appends bytes that belong to no database (PING, REPLCONF GETACK), already encoded. */
    public void appendRaw(byte[] command) {
        if (encodes) {
            StreamBlock to = room(command.length);
            Memory.copyIn(command, 0, to.address() + to.used(), command.length);
            to.advance(command.length);
            offset += command.length;
        }
    }

    /** Appends the deletion of one key that no command deleted. */
    public void appendDel(int db, byte[] key) {
        if (encodes) {
            select(db);
            byte[] head = Reply.ascii("*2\r\n$3\r\nDEL\r\n$" + key.length + "\r\n");
            byte[] command = Arrays.copyOf(head, head.length + key.length + 2);
            System.arraycopy(key, 0, command, head.length, key.length);
            command[command.length - 2] = '\r';
            command[command.length - 1] = '\n';
            appendRaw(command);
        }
    }

    private void select(int db) {
        if (db == selectedDb) {
            return;
        }
        selectedDb = db;
        String number = Integer.toString(db);
        appendRaw(
                Reply.ascii(
                        "*2\r\n$6\r\nSELECT\r\n$" + number.length() + "\r\n" + number + "\r\n"));
    }

    private void copyIn(long address, int length) {
        StreamBlock to = room(length);
        Memory.copy(address, to.address() + to.used(), length);
        to.advance(length);
        offset += length;
    }

    private StreamBlock room(long bytes) {
        StreamBlock current = block;
        if (current != null && current.capacity() - current.used() >= bytes) {
            return current;
        }
        endTurn();
        dropBlock();
        ByteBuf memory = allocator.directBuffer((int) Math.max(bytes, blockBytes));
        StreamBlock next = new StreamBlock(memory, offset);
        block = next;
        delivered = 0;
        return next;
    }

    private void dropBlock() {
        if (block != null) {
            block.release();
            block = null;
        }
    }

    /** Gives the sinks what was appended since the last time. */
    public void endTurn() {
        StreamBlock current = block;
        if (current == null || current.used() == delivered) {
            return;
        }
        int from = delivered;
        delivered = current.used();
        for (int i = 0; i < sinks.size(); i++) {
            sinks.get(i).accept(current, from, delivered);
        }
    }

    /** Releases the memory; at shutdown. */
    public void close() {
        endTurn();
        dropBlock();
    }
}
