package io.carnelian.server.zset;

import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.resp.Doubles;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.ScoreCursor;
import io.carnelian.server.table.ScoredTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;

/**
 * A member as text, with its score, wherever the two come from: a record, a leaf, two entries of a
 * listpack. Mutable and reused; valid until the sorted set changes or something else is set.
 */
public final class Scored {
    /** Never released: it lives as long as the family that owns the view, and then is collected. */
    private final ByteBuf digits =
            Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(Decimal.MAX_BYTES));

    public long address = digits.memoryAddress();
    public int length;
    public double score;

    /** Whether the score stands in a listpack as an integer. */
    private boolean packedInteger;

    /** The pair of a listpack that begins with this entry. */
    void setPair(long entry) {
        length = Listpack.textLength(entry);
        if (Listpack.isInteger(entry)) {
            address = digits.memoryAddress();
            Decimal.write(Listpack.integer(entry), address, length);
        } else {
            address = Listpack.stringAddress(entry);
        }
        long scoreEntry = Listpack.next(entry);
        score = ScorePack.score(scoreEntry);
        packedInteger = Listpack.isInteger(scoreEntry);
    }

    void setRecord(long member) {
        setText(member);
        score = ScoredTable.score(member);
        packedInteger = false;
    }

    /** What a cursor is at: its leaf has the score, also where a snapshot reads. */
    void setCursor(ScoreCursor cursor) {
        setText(cursor.member());
        score = cursor.score();
        packedInteger = false;
    }

    private void setText(long member) {
        address = Record.keyAddress(member);
        length = Record.keyLength(member);
    }

    /** The score as ZSCAN shows it: Redis shows the entry of a listpack as it stands there. */
    String scannedScore() {
        return packedInteger ? Long.toString((long) score) : Doubles.format17g(score);
    }

    /** A copy of the member. */
    public byte[] bytes() {
        byte[] bytes = new byte[length];
        Memory.copyOut(address, bytes, 0, length);
        return bytes;
    }
}
