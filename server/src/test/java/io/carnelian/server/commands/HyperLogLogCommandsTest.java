package io.carnelian.server.commands;

import io.carnelian.server.commands.CommandsFixture.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Replies and bytes are those of redis-server 7.0.15; HyperLogLogIT compares many more with it. */
class HyperLogLogCommandsTest {
    private static final String CORRUPT = "INVALIDOBJ Corrupted HLL object detected";
    private static final String NONE = "WRONGTYPE Key is not a valid HyperLogLog string value.";

    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private Outcome line(String words) {
        return server.run(words.split(" "));
    }

    @Test
    void addsElements() {
        line("PFADD h").returnsInteger(1).changes(1).propagates("PFADD h");
        line("PFADD h").returnsInteger(0).changesNothing();
        line("PFADD h a b c").returnsInteger(1).changes(3).propagates("PFADD h a b c");
        line("PFADD h a b c").returnsInteger(0).changesNothing();
        server.run("PFADD", "h", "").returnsInteger(1).changes(1);
        line("PFDEBUG DECODE h")
                .returns("Z:5938 v:2,1 Z:2497 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603");
        line("PFDEBUG ENCODING h").returns("+sparse");
        line("STRLEN h").returnsInteger(30);
        line("OBJECT ENCODING h").returns("raw");
    }

    @Test
    void countsAndNotesTheCount() {
        line("PFADD h 1 2 3 4 5");
        line("GETRANGE h 15 15").returns("\\x80");
        line("PFCOUNT h").returnsInteger(5).changes(1).propagates("PFCOUNT h");
        line("PFCOUNT h").returnsInteger(5).changesNothing();
        line("GETRANGE h 8 15").returns("\\x05" + "\\x00".repeat(7));
        line("PFADD h 3 4").returnsInteger(0);
        line("GETRANGE h 15 15").returns("\\x00");
        line("PFADD g 4 5 6");
        line("PFCOUNT h none g").returnsInteger(6).changesNothing();
        line("PFCOUNT none").returnsInteger(0).changesNothing();
        line("PFCOUNT none none").returnsInteger(0);
    }

    @Test
    void mergesIntoTheFirst() {
        line("PFADD a 1 2 3");
        line("PFADD b 3 4");
        line("PFMERGE c a b none").returns("+OK").changes(1).propagates("PFMERGE c a b none");
        line("PFCOUNT c").returnsInteger(4);
        line("PFDEBUG ENCODING c").returns("+sparse");
        line("PFDEBUG TODENSE b").returnsInteger(1).changes(1);
        line("PFDEBUG TODENSE b").returnsInteger(0).changesNothing();
        line("PFMERGE a b").returns("+OK");
        line("PFDEBUG ENCODING a").returns("+dense");
        line("PFCOUNT a").returnsInteger(4);
        line("PFCOUNT a b c").returnsInteger(4);
        line("PFMERGE empty none").returns("+OK").changes(1);
        line("PFCOUNT empty").returnsInteger(0);
    }

    @Test
    void becomesDenseWhereTheLimitSaysSo() {
        server.hllSparseMaxBytes = 40;
        line("PFADD h 1 2 3 4").returnsInteger(1);
        line("PFDEBUG ENCODING h").returns("+sparse");
        line("PFADD h 5 6 7 8 9 10 11 12").returnsInteger(1);
        line("PFDEBUG ENCODING h").returns("+dense");
        line("STRLEN h").returnsInteger(12304);
        line("PFCOUNT h").returnsInteger(12);
        line("PFADD h 5 13").returnsInteger(1).changes(1);
        line("PFCOUNT h").returnsInteger(13);
        line("PFDEBUG DECODE h").fails("ERR HLL encoding is not sparse");
    }

    @Test
    void keepsExpiryAndSnapshots() {
        line("PFADD h a");
        line("EXPIRE h 100");
        line("PFADD h b");
        line("TTL h").returnsInteger(100);
        var snapshot = server.keyspace().cut();
        line("PFADD h c d");
        line("PFCOUNT h").returnsInteger(4);
        line("PFDEBUG TODENSE h").returnsInteger(1);
        server.keyspace().end(snapshot);
        line("PFADD h e").returnsInteger(1);
        line("PFCOUNT h").returnsInteger(5);
    }

    @Test
    void refusesWhatIsNone() {
        line("SET text bar");
        line("SET number 12345678901234567");
        line("RPUSH list x");
        for (String command : new String[] {"PFADD", "PFCOUNT", "PFMERGE x"}) {
            line(command + " text").fails(NONE);
            line(command + " number").fails(NONE);
            line(command + " list")
                    .fails("WRONGTYPE Operation against a key holding the wrong kind of value");
        }
        line("PFMERGE text x").fails(NONE);
        line("PFDEBUG ENCODING none").fails("ERR The specified key does not exist");
        line("PFADD h a");
        line("PFDEBUG NOSUCH h").fails("ERR Unknown PFDEBUG subcommand 'NOSUCH'");
        server.run("SETRANGE", "h", "4", "\0");
        line("PFCOUNT h").fails(NONE);
        server.run("SETRANGE", "h", "4", "\2");
        line("PFCOUNT h").fails(NONE);
    }

    @Test
    void refusesCorruptBytes() {
        line("PFADD h a b c");
        line("APPEND h hello");
        line("PFCOUNT h").fails(CORRUPT);
        line("PFCOUNT h none").fails(CORRUPT);
        line("PFMERGE x h").fails(CORRUPT);
        line("EXISTS x").returnsInteger(0);
        line("PFDEBUG TODENSE h").fails(CORRUPT);
        line("SETRANGE h 40000 x");
        line("PFADD h d").fails(CORRUPT);
    }

    @Test
    void findsNoMemoryAndChangesNothing() {
        line("PFADD h a b c");
        server.hllSparseMaxBytes = 16;
        server.limitMemory(0);
        line("PFADD h d e f g h i j k l m n o p")
                .fails(
                        "OOM out of memory: the server could not allocate room for this command,"
                                + " nothing was changed");
        server.limitMemory(16 << 20);
        line("PFDEBUG ENCODING h").returns("+sparse");
        line("PFCOUNT h").returnsInteger(3);
    }

    @Test
    void testsItself() {
        line("PFSELFTEST").returns("+OK");
    }
}
