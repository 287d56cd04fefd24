package io.carnelian.aof.rewrite;

import io.carnelian.rdb.format.ChunkSink;
import io.carnelian.rdb.save.SnapshotEncoder.Pace;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.packed.Intset;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.quicklist.Quicklist;
import io.carnelian.server.resp.Doubles;
import io.carnelian.server.store.Snapshot;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.ScoreCursor;
import io.carnelian.server.table.ScoredTable;
import io.carnelian.server.table.Table;
import io.carnelian.server.table.TableScan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Encodes a snapshot as the commands that make its data ({@code aof-use-rdb-preamble no}): SET,
 * RPUSH, SADD, HMSET, ZADD of at most 64 elements each, and PEXPIREAT, as redis-server writes them.
 * Integers and scores become text here, so that a reader finds the same values and encodings.
 */
final class CommandEncoder {
    private static final int ITEMS = 64;
    private static final int HEADER_BYTES = 32;

    private final ChunkSink sink;
    private byte[] chunk;
    private int at;

    /** Elements of the value that are still to come, and of the command that is being written. */
    private long left;

    private int room;
    private long record;
    private byte[] name = {};
    private int each = 1;

    /**
     * @param first the first array to encode into
     */
    CommandEncoder(ChunkSink sink, byte[] first) {
        this.sink = sink;
        this.chunk = first;
    }

    /** Encodes all databases; {@link #flush} gives the last bytes to the sink. */
    void encode(Snapshot snapshot, Pace pace) throws IOException {
        try {
            for (int db = 0; db < snapshot.databases(); db++) {
                if (snapshot.count(db) > 0) {
                    header('*', 2);
                    arg(ascii("SELECT"));
                    arg(ascii(Integer.toString(db)));
                    snapshot.walk(db, key -> visit(key, pace));
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void visit(long key, Pace pace) {
        try {
            entry(key);
            pace.afterKey();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void entry(long key) throws IOException {
        record = key;
        switch (Record.type(key)) {
            case Record.STRING -> string(key);
            case Record.LIST -> list(key);
            case Record.SET -> set(key);
            case Record.HASH -> hash(key);
            case Record.ZSET -> sortedSet(key);
            default -> throw new IOException("a value of type " + Record.type(key));
        }
        long expireAtMs = Record.expireAt(key);
        if (expireAtMs != Record.NEVER) {
            header('*', 3);
            arg(ascii("PEXPIREAT"));
            key();
            arg(ascii(Long.toString(expireAtMs)));
        }
    }

    private void string(long key) throws IOException {
        header('*', 3);
        arg(ascii("SET"));
        key();
        if (Record.encoding(key) == Record.INT) {
            arg(ascii(Long.toString(Record.number(key))));
        } else {
            arg(Record.valueAddress(key), Record.valueLength(key));
        }
    }

    private void list(long key) throws IOException {
        long value = Record.valueAddress(key);
        boolean packed = Record.encoding(key) == Record.LISTPACK;
        begin("RPUSH", packed ? Listpack.count(value) : Quicklist.count(value), 1);
        if (packed) {
            entries(value);
        } else {
            Quicklist.<IOException>forEachPack(value, this::entries);
        }
    }

    private void entries(long pack) throws IOException {
        long end = Listpack.end(pack);
        for (long entry = Listpack.first(pack); entry != end; entry = Listpack.next(entry)) {
            element();
            entry(entry, end);
        }
    }

    private void set(long key) throws IOException {
        long value = Record.valueAddress(key);
        switch (Record.encoding(key)) {
            case Record.INTSET -> {
                int count = Intset.count(value);
                begin("SADD", count, 1);
                for (int i = 0; i < count; i++) {
                    element();
                    arg(ascii(Long.toString(Intset.get(value, i))));
                }
            }
            case Record.LISTPACK -> {
                begin("SADD", Listpack.count(value), 1);
                entries(value);
            }
            default -> elements("SADD", value, 1);
        }
    }

    private void hash(long key) throws IOException {
        long value = Record.valueAddress(key);
        if (Record.encoding(key) != Record.LISTPACK) {
            elements("HMSET", value, 2);
            return;
        }
        begin("HMSET", Listpack.count(value) / 2, 2);
        long end = Listpack.end(value);
        for (long entry = Listpack.first(value); entry != end; entry = Listpack.next(entry)) {
            element();
            entry(entry, end);
            entry = Listpack.next(entry);
            entry(entry, end);
        }
    }

    private void elements(String command, long handle, int words) throws IOException {
        begin(command, Table.countOf(handle), words);
        TableScan.forEach(
                Table.rootOf(handle),
                Table.rootDepthOf(handle),
                element -> {
                    try {
                        element();
                        arg(Record.keyAddress(element), Record.keyLength(element));
                        if (words == 2) {
                            arg(Record.valueAddress(element), Record.valueLength(element));
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    private void sortedSet(long key) throws IOException {
        long value = Record.valueAddress(key);
        if (Record.encoding(key) == Record.LISTPACK) {
            begin("ZADD", Listpack.count(value) / 2, 2);
            long end = Listpack.end(value);
            for (long entry = Listpack.first(value); entry != end; entry = Listpack.next(entry)) {
                long member = entry;
                entry = Listpack.next(entry);
                element();
                entry(entry, end);
                entry(member, end);
            }
            return;
        }
        long count = ScoredTable.countOf(value);
        begin("ZADD", count, 2);
        ScoreCursor cursor = new ScoreCursor();
        for (long i = 0; i < count; i++) {
            if (i == 0) {
                cursor.seek(ScoredTable.scoresOf(value), count - 1);
            } else {
                cursor.previous();
            }
            long member = cursor.member();
            element();
            arg(ascii(Doubles.format17g(cursor.score())));
            arg(Record.keyAddress(member), Record.keyLength(member));
        }
    }

    // ---- commands of several elements

    private void begin(String command, long elements, int words) {
        name = ascii(command);
        left = elements;
        each = words;
        room = 0;
    }

    /** The next element comes: in the command that is being written, or in a new one. */
    private void element() throws IOException {
        if (room == 0) {
            room = (int) Math.min(ITEMS, left);
            header('*', 2L + (long) room * each);
            arg(name);
            key();
        }
        room--;
        left--;
    }

    private void entry(long entry, long end) throws IOException {
        if (entry == end) {
            throw new IOException("a pair without its second half");
        }
        if (Listpack.isInteger(entry)) {
            arg(ascii(Long.toString(Listpack.integer(entry))));
        } else {
            arg(Listpack.stringAddress(entry), Listpack.stringLength(entry));
        }
    }

    private void key() throws IOException {
        arg(Record.keyAddress(record), Record.keyLength(record));
    }

    // ---- bytes

    private void header(char prefix, long number) throws IOException {
        if (chunk.length - at < HEADER_BYTES) {
            flush();
        }
        byte[] digits = ascii(Long.toString(number));
        chunk[at++] = (byte) prefix;
        System.arraycopy(digits, 0, chunk, at, digits.length);
        at += digits.length;
        chunk[at++] = '\r';
        chunk[at++] = '\n';
    }

    private void arg(byte[] bytes) throws IOException {
        header('$', bytes.length);
        raw(bytes);
        end();
    }

    private void arg(long address, int length) throws IOException {
        header('$', length);
        int done = 0;
        while (done < length) {
            if (at == chunk.length) {
                flush();
            }
            int part = Math.min(length - done, chunk.length - at);
            Memory.copyOut(address + done, chunk, at, part);
            at += part;
            done += part;
        }
        end();
    }

    private void end() throws IOException {
        if (chunk.length - at < 2) {
            flush();
        }
        chunk[at++] = '\r';
        chunk[at++] = '\n';
    }

    /** Bytes as they are. */
    void raw(byte[] bytes) throws IOException {
        if (chunk.length - at < bytes.length) {
            flush();
        }
        System.arraycopy(bytes, 0, chunk, at, bytes.length);
        at += bytes.length;
    }

    /** Gives what is encoded to the sink. */
    void flush() throws IOException {
        if (at > 0) {
            int length = at;
            at = 0;
            chunk = sink.accept(chunk, length);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
