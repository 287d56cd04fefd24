package io.carnelian.server.block;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.admin.AdminFixture;
import io.carnelian.server.client.Client;
import io.carnelian.server.memory.Memory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Lists serve as the type here; what each command does when it is served is in BlockingIT. */
class BlockedKeysTest {
    @RegisterExtension final AdminFixture server = new AdminFixture();

    private final Client first = server.connect("10.0.0.1:7");
    private final Client second = server.connect("10.0.0.2:7");
    private final Client third = server.connect("10.0.0.3:7");
    private final StringBuilder stream = new StringBuilder();

    @BeforeEach
    void listen() {
        server.server.stream()
                .addSink((block, from, to) -> {
                    byte[] bytes = new byte[to - from];
                    Memory.copyOut(block.address() + from, bytes, 0, bytes.length);
                    String text = new String(bytes, StandardCharsets.ISO_8859_1);
                    stream.append(text.replace("\r\n", " ").replaceAll("[*$]\\d+ ", ""));
                });
    }

    private String told() {
        String text = stream.toString();
        stream.setLength(0);
        return text;
    }

    private void waits(Client client, String... command) {
        assertThat(server.runAs(client, command)).isEmpty();
        assertThat(server.blocked.isBlocked(client)).isTrue();
    }

    private void wasServed(Client client, String reply) {
        assertThat(server.output(client)).isEqualTo(reply);
        assertThat(server.blocked.isBlocked(client)).isFalse();
    }

    @Test
    void whoCameFirstIsServedFirst() {
        waits(first, "BLPOP", "k", "0");
        waits(second, "BRPOP", "k", "0");
        waits(third, "BLPOP", "k", "0");
        assertThat(server.run("INFO", "clients")).contains("blocked_clients:3");
        assertThat(server.run("RPUSH", "k", "a", "b")).isEqualTo(":2|");
        wasServed(first, "*2|$1|k|$1|a|");
        wasServed(second, "*2|$1|k|$1|b|");
        assertThat(server.blocked.isBlocked(third)).isTrue();
        assertThat(server.run("EXISTS", "k")).isEqualTo(":0|");
        assertThat(told()).isEqualTo("SELECT 0 RPUSH k a b LPOP k RPOP k ");
        server.run("LPUSH", "k", "c");
        wasServed(third, "*2|$1|k|$1|c|");
        assertThat(server.blocked.size()).isZero();
    }

    @Test
    void theKeyThatComesFirstServes() {
        waits(first, "BLPOP", "a", "b", "a", "0");
        assertThat(server.run("INFO", "clients")).contains("total_blocking_keys:2|");
        server.run("MULTI");
        server.run("RPUSH", "b", "1");
        server.run("RPUSH", "a", "2");
        assertThat(server.run("EXEC")).isEqualTo("*2|:1|:1|");
        wasServed(first, "*2|$1|b|$1|1|");
        assertThat(server.run("LRANGE", "a", "0", "-1")).isEqualTo("*1|$1|2|");
        assertThat(server.run("INFO", "clients")).contains("total_blocking_keys:0|");
    }

    @Test
    void aTransactionIsNotInterrupted() {
        waits(first, "BLPOP", "k", "0");
        told();
        server.run("MULTI");
        server.run("RPUSH", "k", "1");
        server.run("DEL", "k");
        server.run("RPUSH", "k", "2");
        server.run("EXEC");
        wasServed(first, "*2|$1|k|$1|2|");
        assertThat(told()).isEqualTo("SELECT 0 MULTI RPUSH k 1 DEL k RPUSH k 2 EXEC LPOP k ");
        assertThat(server.run("MULTI", "x")).startsWith("-ERR");
        server.run("MULTI");
        server.run("BLPOP", "none", "0");
        server.run("BLMOVE", "none", "b", "LEFT", "LEFT", "0");
        server.run("BLMPOP", "0", "1", "none", "LEFT");
        assertThat(server.run("EXEC")).isEqualTo("*3|*-1|$-1|*-1|");
    }

    @Test
    void whatIsGoneAgainServesNobody() {
        waits(first, "BLPOP", "k", "0");
        for (String other : new String[] {"DEL", "SET"}) {
            server.run("MULTI");
            server.run("RPUSH", "k", "1");
            server.run("DEL", "k");
            if (other.equals("SET")) {
                server.run("SET", "k", "text");
            }
            server.run("EXEC");
            assertThat(server.output(first)).isEmpty();
        }
        server.run("DEL", "k");
        server.run("SADD", "k", "member");
        assertThat(server.output(first)).isEmpty();
        server.run("FLUSHALL");
        server.run("RPUSH", "k", "1");
        wasServed(first, "*2|$1|k|$1|1|");
    }

    @Test
    void keysThatComeByOtherWaysServe() {
        server.run("RPUSH", "source", "1", "2", "3", "4");
        waits(first, "BLPOP", "k", "0");
        server.run("SET", "k", "text");
        server.run("RENAME", "source", "k");
        wasServed(first, "*2|$1|k|$1|1|");
        waits(first, "BLPOP", "copy", "0");
        server.run("COPY", "k", "copy");
        wasServed(first, "*2|$4|copy|$1|2|");
        server.run("COPY", "k", "moved", "DB", "1");
        waits(first, "BLPOP", "moved", "0");
        server.run("SELECT", "1");
        server.run("MOVE", "moved", "0");
        wasServed(first, "*2|$5|moved|$1|2|");
        waits(first, "BLPOP", "swapped", "0");
        server.run("RPUSH", "swapped", "x");
        assertThat(server.output(first)).isEmpty();
        server.run("SWAPDB", "0", "1");
        wasServed(first, "*2|$7|swapped|$1|x|");
    }

    @Test
    void oneMoveFeedsTheNext() {
        waits(first, "BLMOVE", "a", "b", "LEFT", "RIGHT", "0");
        waits(second, "BRPOPLPUSH", "b", "c", "0");
        waits(third, "BLMPOP", "0", "2", "x", "c", "LEFT", "COUNT", "10");
        server.run("RPUSH", "a", "1");
        wasServed(first, "$1|1|");
        wasServed(second, "$1|1|");
        wasServed(third, "*2|$1|c|*1|$1|1|");
        assertThat(told())
                .isEqualTo("SELECT 0 RPUSH a 1 LMOVE a b left right RPOPLPUSH b c LPOP c 1 ");
        waits(first, "BLMOVE", "a", "a", "LEFT", "RIGHT", "0");
        server.run("RPUSH", "a", "1", "2");
        wasServed(first, "$1|1|");
        assertThat(server.run("LRANGE", "a", "0", "-1")).isEqualTo("*2|$1|2|$1|1|");
    }

    @Test
    void eachTypeServesItsOwnWaiters() {
        waits(first, "BLPOP", "k", "0");
        waits(second, "BZPOPMIN", "k", "0");
        waits(third, "BZMPOP", "0", "2", "other", "k", "MAX", "COUNT", "2");
        server.run("ZADD", "k", "1", "a", "2", "b", "3", "c");
        assertThat(server.output(first)).isEmpty();
        wasServed(second, "*3|$1|k|$1|a|$1|1|");
        wasServed(third, "*2|$1|k|*2|*2|$1|c|$1|3|*2|$1|b|$1|2|");
        assertThat(told()).isEqualTo("SELECT 0 ZADD k 1 a 2 b 3 c ZPOPMIN k ZPOPMAX k 2 ");
        assertThat(server.run("EXISTS", "k")).isEqualTo(":0|");
        server.run("RPUSH", "k", "1");
        wasServed(first, "*2|$1|k|$1|1|");
        server.run("ZADD", "k", "1", "a");
        assertThat(server.run("BZPOPMAX", "k", "0")).isEqualTo("*3|$1|k|$1|a|$1|1|");
        assertThat(server.run("BZPOPMIN", "k", "-1")).isEqualTo("-ERR timeout is negative|");
        assertThat(server.run("BZMPOP", "0", "1", "k", "LEFT")).isEqualTo("-ERR syntax error|");
        server.run("SET", "text", "x");
        assertThat(server.run("BZPOPMIN", "text", "0")).startsWith("-WRONGTYPE ");
    }

    @Test
    void aMoveToAnotherTypeFailsAndTakesNothing() {
        server.run("SET", "text", "x");
        waits(first, "BLMOVE", "a", "text", "LEFT", "RIGHT", "0");
        server.run("RPUSH", "a", "1");
        wasServed(first, "-WRONGTYPE Operation against a key holding the wrong kind of value|");
        assertThat(server.run("LLEN", "a")).isEqualTo(":1|");
        assertThat(server.run("INFO", "commandstats"))
                .containsPattern("cmdstat_blmove:calls=1,.*,failed_calls=1");
    }

    @Test
    void timeIsOverToTheMillisecond() {
        waits(first, "BLPOP", "k", "0.1001");
        waits(second, "BLMOVE", "k", "b", "LEFT", "LEFT", "0.1");
        server.advance(99);
        assertThat(server.output(second)).isEmpty();
        server.advance(1);
        wasServed(second, "*-1|");
        assertThat(server.blocked.isBlocked(first)).isTrue();
        server.advance(1);
        wasServed(first, "*-1|");
        server.run("RPUSH", "k", "1");
        assertThat(server.run("LLEN", "k")).isEqualTo(":1|");
    }

    @Test
    void timesAreReadAsRedisReadsThem() {
        for (String bad : new String[] {"abc", "nan", " 1", "1 ", ""}) {
            assertThat(server.run("BLPOP", "k", bad))
                    .isEqualTo("-ERR timeout is not a float or out of range|");
        }
        for (String bad : new String[] {"-1", "-0.0011", "inf", "1e20", "0x7FFFFFFFFFFFFF"}) {
            assertThat(server.run("BLPOP", "k", bad)).isEqualTo("-ERR timeout is negative|");
        }
        waits(first, "BLPOP", "k", "9223372036854775.807");
        waits(second, "BLPOP", "k", "-0.001");
        waits(third, "BLPOP", "k", "1e-5");
        server.advance(1);
        wasServed(third, "*-1|");
        server.run("RPUSH", "k", "1", "2");
        wasServed(first, "*2|$1|k|$1|1|");
        wasServed(second, "*2|$1|k|$1|2|");
    }

    @Test
    void whatIsLateWhenTheCommandIsDoneServesNobody() {
        waits(first, "BLPOP", "k", "0");
        server.run("RPUSH", "late", "1");
        server.run("PEXPIRE", "late", "50");
        told();
        server.afterNextClockRead(100);
        server.run("RENAME", "late", "k");
        assertThat(server.output(first)).isEmpty();
        assertThat(told()).isEqualTo("RENAME late k DEL k ");
        assertThat(server.blocked.isBlocked(first)).isTrue();
    }

    @Test
    void operatorsEndWaits() {
        waits(first, "BLPOP", "k", "0");
        String id = Long.toString(first.id());
        assertThat(server.run("CLIENT", "UNBLOCK", id)).isEqualTo(":1|");
        wasServed(first, "*-1|");
        assertThat(server.run("CLIENT", "UNBLOCK", id)).isEqualTo(":0|");
        waits(first, "BRPOPLPUSH", "k", "b", "0");
        assertThat(server.run("CLIENT", "UNBLOCK", id, "ERROR")).isEqualTo(":1|");
        wasServed(first, "-UNBLOCKED client unblocked via CLIENT UNBLOCK|");
        assertThat(server.run("INFO", "errorstats")).contains("errorstat_UNBLOCKED:count=1");
        assertThat(server.run("INFO", "commandstats"))
                .containsPattern("cmdstat_blpop:calls=1,.*,failed_calls=1");
        waits(first, "BLPOP", "k", "0");
        server.blocked.disconnectAll();
        wasServed(
                first,
                "-UNBLOCKED force unblock from blocking operation, instance state changed"
                        + " (master -> replica?)|");
        assertThat(first.closing).isTrue();
    }

    @Test
    void whatIsSentMeanwhileRunsAfterwards() {
        waits(first, "BLPOP", "k", "0");
        assertThat(server.runAs(first, "BLPOP", "k", "0")).isEmpty();
        assertThat(server.runAs(first, "PING")).isEmpty();
        assertThat(server.run("CLIENT", "LIST")).contains(" flags=b ");
        server.run("RPUSH", "k", "1", "2");
        wasServed(first, "*2|$1|k|$1|1|*2|$1|k|$1|2|+PONG|");
    }

    @Test
    void whoHasGoneIsForgotten() {
        waits(first, "BLPOP", "a", "k", "0");
        waits(second, "BLPOP", "k", "0");
        waits(third, "BLPOP", "k", "0");
        long bytes = second.registeredBytes;
        assertThat(bytes).isPositive();
        server.blocked.forget(second);
        assertThat(second.registeredBytes).isZero();
        server.blocked.forget(first);
        server.run("RPUSH", "a", "1");
        assertThat(server.run("RPUSH", "k", "2")).isEqualTo(":1|");
        assertThat(server.output(first)).isEmpty();
        wasServed(third, "*2|$1|k|$1|2|");
        assertThat(server.run("LLEN", "a")).isEqualTo(":1|");
    }

    @Test
    void theHeapIsNotFilledWithWaiters() {
        long before = server.registrations.bytes();
        waits(first, "BLPOP", "a", "b", "0");
        assertThat(server.registrations.bytes()).isGreaterThan(before);
        String[] many = new String[1000];
        java.util.Arrays.setAll(many, i -> "k" + i);
        many[0] = "BLPOP";
        many[999] = "0";
        assertThat(server.runAs(second, many)).startsWith("-OOM ");
        assertThat(server.blocked.isBlocked(second)).isFalse();
        server.blocked.forget(first);
        assertThat(server.registrations.bytes()).isEqualTo(before);
    }

    @Test
    void repliesThatAreNotWantedAreNotWritten() {
        server.runAs(first, "CLIENT", "REPLY", "SKIP");
        waits(first, "BLPOP", "k", "0");
        server.runAs(second, "CLIENT", "REPLY", "OFF");
        waits(second, "BLPOP", "k", "0");
        waits(third, "BLPOP", "k", "0");
        server.run("RPUSH", "k", "1", "2", "3");
        wasServed(first, "");
        wasServed(second, "");
        wasServed(third, "*2|$1|k|$1|3|");
        assertThat(server.runAs(first, "PING")).isEqualTo("+PONG|");
    }

    @Test
    void manyKeysAndManyWaitersAreFound() {
        Client[] waiters = new Client[60];
        for (int i = 0; i < waiters.length; i++) {
            waiters[i] = server.connect("10.0.1." + i + ":7");
            waits(waiters[i], "BLPOP", "k" + i, "k" + (i + 1) % waiters.length, "0");
        }
        for (int i = 0; i < waiters.length; i += 2) {
            server.run("RPUSH", "k" + i, "v");
        }
        // k0 is served to its first waiter, client 0; k2 to client 1, who came before client 2.
        wasServed(waiters[0], "*2|$2|k0|$1|v|");
        for (int i = 2; i < waiters.length; i += 2) {
            wasServed(waiters[i - 1], "*2|$" + ("k" + i).length() + "|k" + i + "|$1|v|");
        }
        assertThat(server.blocked.size()).isEqualTo(waiters.length / 2);
        for (Client waiter : waiters) {
            server.blocked.forget(waiter);
        }
        assertThat(server.run("INFO", "clients")).contains("total_blocking_keys:0|");
    }
}
