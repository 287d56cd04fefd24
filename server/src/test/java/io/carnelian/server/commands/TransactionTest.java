package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.command.Call;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

class TransactionTest {
    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private CommandsFixture.Outcome exec(String[]... commands) {
        server.run("MULTI").returns("+OK");
        for (String[] command : commands) {
            server.run(command).returns("+QUEUED");
        }
        return server.run("EXEC");
    }

    private static String[] words(String line) {
        return line.split(" ", -1);
    }

    @Test
    void oneWriteIsPropagatedAlone() {
        exec(words("SET k v"), words("GET k")).returns("[+OK, v]").propagates("SET k v");
    }

    @Test
    void severalWritesStayTogether() {
        exec(words("SET k v"), words("GET k"), words("SET l w"), words("DEL k"))
                .propagates("MULTI", "SET k v", "SET l w", "DEL k", "EXEC");
    }

    @Test
    void writesToSeveralDatabases() {
        exec(words("SET k v"), words("SELECT 3"), words("SET l w"))
                .propagates("MULTI", "SET k v", "[3] SET l w", "EXEC");
    }

    @Test
    void readsAloneArePropagatedNowhere() {
        exec(words("GET k"), words("DEL k")).propagates();
    }

    @Test
    void whatExpiresMeanwhileIsPartOfIt() {
        server.run("SET", "k", "v", "PX", "10");
        server.advance(20);
        exec(words("GET k"), words("SET l w")).propagates("MULTI", "DEL k", "SET l w", "EXEC");
    }

    /** Whoever reads the key next deletes it and tells of it; who watches only looks. */
    @Test
    void watchingLeavesAnExpiredKeyWhereItIs() {
        server.run("SET", "k", "v", "PX", "10");
        server.advance(20);
        server.run("WATCH", "k").returns("+OK").changesNothing();
        exec(words("DBSIZE")).returns("[:1]").changesNothing();
        server.run("WATCH", "k");
        server.run("SWAPDB", "0", "1").propagates("SWAPDB 0 1");
        server.run("DBSIZE").returnsInteger(0);
        exec(words("SELECT 1"), words("DBSIZE")).returns("[+OK, :1]");
        server.run("WATCH", "k");
        server.run("FLUSHALL").propagates("[1] FLUSHALL").changes(1);
        exec(words("DBSIZE")).returns("[:0]");
        assertThat(server.keyspace().expiredTotal()).isZero();
    }

    @Test
    void aKeyThatExpiresWhileItIsWatchedHasChanged() {
        server.run("SET", "k", "v", "PX", "10");
        server.run("WATCH", "k");
        server.advance(20);
        exec(words("DBSIZE")).returns("nil").changesNothing();
        server.run("DBSIZE").returnsInteger(1);
        server.run("WATCH", "k");
        server.run("GET", "k").propagates("DEL k");
        exec(words("DBSIZE")).returns("[:0]");
    }

    /** What replaces the data may be an expired key, too, which is as good as none. */
    @Test
    void anExpiredKeyThatTakesThePlaceOfNoneChangesNothing() {
        server.run("SET", "k", "v", "PX", "10");
        server.advance(20);
        server.run("SELECT", "1");
        server.run("WATCH", "k");
        server.run("SWAPDB", "0", "1");
        exec(words("DBSIZE")).returns("[:1]");
        server.run("WATCH", "k");
        server.run("SET", "k", "w");
        exec(words("DBSIZE")).returns("nil");
        server.run("SELECT", "0");
        server.run("WATCH", "k");
        server.run("SWAPDB", "0", "1");
        exec(words("DBSIZE")).returns("nil");
    }

    /** Whether it can be seen in the end is not asked. */
    @Test
    void aKeyThatIsSetWithATimeOfThePastHasChanged() {
        server.run("WATCH", "k");
        server.run("SET", "k", "v", "PXAT", "1");
        exec(words("DBSIZE")).returns("nil");
    }

    @Test
    void aLongOneIsToldInParts() {
        String value = "v".repeat(9 << 20);
        server.run("MULTI");
        server.run("SET", "a", value);
        server.run("SET", "b", value);
        server.run("SET", "c", "1");
        assertThat(server.run("EXEC").effects())
                .extracting(each -> each.substring(0, Math.min(7, each.length())))
                .containsExactly("MULTI", "SET a v", "SET b v", "SET c 1", "EXEC");
    }

    @Test
    void aRefusedExecEndsTheTransaction() {
        server.run("MULTI");
        server.run("SET", "k", "v");
        server.run("EXEC", "foo")
                .fails(
                        "EXECABORT Transaction discarded because of: wrong number of arguments"
                                + " for 'exec' command");
        server.run("EXEC").fails("ERR EXEC without MULTI");
        server.run("EXEC", "foo")
                .fails(
                        "EXECABORT Transaction discarded because of: wrong number of arguments"
                                + " for 'exec' command");
        server.run("GET", "k").returnsNull();
    }

    @Test
    void anErrorInsideBelongsToItsCommand() {
        server.run("SET", "k", "text");
        exec(words("INCR k"));
        var commands = server.server().commands();
        assertThat(commands.named("incr")).extracting(c -> c.failedCalls()).isEqualTo(1L);
        assertThat(commands.named("exec")).extracting(c -> c.failedCalls()).isEqualTo(0L);
    }

    /** Were each key compared with all others of the client, this would take minutes. */
    @Test
    @Timeout(30)
    void aClientMayWatchManyKeys() {
        String[] watch = new String[1001];
        watch[0] = "WATCH";
        for (int i = 0; i < 100; i++) {
            for (int k = 1; k < watch.length; k++) {
                watch[k] = "key:" + (i * 1000 + k);
            }
            server.run(watch).returns("+OK");
        }
        long bytes = server.client().registeredBytes;
        server.run(watch).returns("+OK");
        assertThat(server.client().registeredBytes).as("keys watched twice").isEqualTo(bytes);
        server.run("SET", "key:77777", "1");
        assertThat(server.client().watchedKeyChanged).isTrue();
        server.run("UNWATCH").returns("+OK");
        assertThat(server.client().registeredBytes).isZero();
    }

    @Test
    void moreWatchedKeysThanTheHeapHoldsAreRefused() {
        String[] watch = new String[200_001];
        Arrays.setAll(watch, i -> i == 0 ? "WATCH" : "key:" + i);
        server.run(watch)
                .fails(
                        "OOM too many subscriptions, watched or tracked keys for the Java heap,"
                                + " nothing was changed");
        assertThat(server.client().registeredBytes).isZero();
        server.run("WATCH", "k").returns("+OK");
    }

    /** It would be copied to the heap, which is smaller than the data. */
    @Test
    void aKeyTooLongToBeWatchedIsRefused() {
        String giant = "x".repeat(Call.MAX_COPY_BYTES + 1);
        server.run("WATCH", "k", giant)
                .fails(
                        "OOM out of memory: an argument is too long for this command,"
                                + " nothing was changed");
        assertThat(server.client().registeredBytes).isZero();
        String error = server.run("XXX", giant).reply();
        assertThat(error).startsWith("-ERR unknown command 'XXX'").hasSizeLessThan(1000);
    }
}
