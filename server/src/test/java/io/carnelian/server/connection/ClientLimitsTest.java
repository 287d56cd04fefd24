package io.carnelian.server.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.admin.AdminFixture;
import io.carnelian.server.client.Client;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

class ClientLimitsTest {
    private static final String KIB100 = "x".repeat(100 * 1024);

    @RegisterExtension final AdminFixture server = new AdminFixture();

    private final Client reader = server.connect("10.0.0.1:7");

    @Test
    void aHardLimitDropsTheReplyAndEndsTheClient() {
        server.set("client-output-buffer-limit", "normal 200000 0 0");
        server.run("SET", "k", KIB100);
        assertThat(server.runAs(reader, "GET", "k")).hasSize(100 * 1024 + 9);
        assertThat(reader.closing).isFalse();
        assertThat(server.runAs(reader, "MGET", "k", "k", "k", "k", "k", "k")).isEmpty();
        assertThat(reader.closing).isTrue();
        assertThat(reader.output().pendingBytes()).as("what is kept").isLessThan(350_000);
        assertThat(server.server.clients().outputLimitDisconnections()).isEqualTo(1);
    }

    @Test
    @Timeout(20)
    void aReplyWithoutEndStopsAtTheLimit() {
        server.set("client-output-buffer-limit", "normal 200000 0 0");
        server.run("SADD", "s", "member");
        assertThat(server.runAs(reader, "SRANDMEMBER", "s", "-4000000000000000000")).isEmpty();
        assertThat(reader.closing).isTrue();
    }

    @Test
    void aSoftLimitCountsFromItsPassing() {
        server.set("client-output-buffer-limit", "normal 0 50000 2");
        server.run("SET", "k", KIB100);
        server.runWithoutReading(reader, "GET", "k");
        server.visitClients();
        server.advance(2000);
        server.visitClients();
        assertThat(reader.closing).isFalse();
        server.advance(1);
        server.visitClients();
        assertThat(reader.closing).isTrue();
    }

    @Test
    void aSoftLimitIsForgottenOnceThePeerHasRead() {
        server.set("client-output-buffer-limit", "normal 0 50000 2");
        server.run("SET", "k", KIB100);
        server.runWithoutReading(reader, "GET", "k");
        server.visitClients();
        server.output(reader);
        server.advance(1500);
        server.visitClients();
        server.runWithoutReading(reader, "GET", "k");
        server.visitClients();
        server.advance(1500);
        server.visitClients();
        assertThat(reader.closing).isFalse();
    }

    @Test
    void subscribersHaveLimitsOfTheirOwn() {
        server.set("client-output-buffer-limit", "normal 100 0 0");
        server.set("client-output-buffer-limit", "pubsub 0 0 0");
        server.run("SET", "k", KIB100);
        server.client.channels = 1;
        reader.channels = 1;
        assertThat(server.runAs(reader, "GET", "k")).isNotEmpty();
        reader.channels = 0;
        assertThat(server.runAs(reader, "GET", "k")).isEmpty();
    }

    @Test
    void theLargestGoesWhenAllTogetherTakeTooMuch() {
        server.set("maxmemory-clients", "300kb");
        Client large = server.connect("10.0.0.2:7");
        server.run("SET", "k", KIB100);
        server.runWithoutReading(reader, "GET", "k");
        server.runWithoutReading(large, "MGET", "k", "k");
        server.limits.evict();
        assertThat(large.closing).isTrue();
        assertThat(reader.closing).isFalse();
        assertThat(server.server.clients().evicted()).isEqualTo(1);
    }

    /** It has said that it sends nothing more, but it need not read either. */
    @Test
    void whoEndsAfterItsRepliesCountsUntilItHasReadThem() {
        server.set("maxmemory-clients", "300kb");
        server.run("SET", "k", KIB100);
        server.runWithoutReading(reader, "MGET", "k", "k", "k", "k");
        reader.closeAfterReply();
        server.limits.evict();
        assertThat(server.server.clients().evicted()).isEqualTo(1);
    }

    @Test
    void theSoftLimitHoldsForWhoEndsToo() {
        server.set("client-output-buffer-limit", "normal 0 50000 2");
        server.run("SET", "k", KIB100);
        server.runWithoutReading(reader, "GET", "k");
        server.visitClients();
        reader.closeAfterReply();
        server.advance(2001);
        server.visitClients();
        assertThat(server.server.clients().outputLimitDisconnections()).isEqualTo(1);
    }

    @Test
    void whoMustNotBeEvictedDoesNotCount() {
        server.set("maxmemory-clients", "300kb");
        server.run("SET", "k", KIB100);
        reader.noEvict = true;
        server.runWithoutReading(reader, "MGET", "k", "k", "k", "k");
        server.limits.evict();
        assertThat(reader.closing).isFalse();
        reader.noEvict = false;
        server.limits.evict();
        assertThat(reader.closing).isTrue();
    }

    @Test
    void whoseArgumentsAreTooLargeIsNotServed() {
        server.limitClientMemory("150kb");
        assertThat(server.runAs(reader, "SET", "k", KIB100 + KIB100)).isEmpty();
        assertThat(reader.closing).isTrue();
        assertThat(server.run("EXISTS", "k")).isEqualTo(":0|");
        assertThat(server.run("CLIENT", "LIST", "ID", "" + reader.id())).isEqualTo("$0||");
    }

    @Test
    void aLargeReplyCountsBeforeTheNextCommand() {
        server.run("SET", "k", KIB100);
        server.limitClientMemory("150kb");
        server.runWithoutReading(reader, "GET", "k");
        assertThat(reader.closing).as("within the limit").isFalse();
        server.runWithoutReading(reader, "GET", "k");
        assertThat(server.run("CLIENT", "LIST", "ID", "" + reader.id())).isEqualTo("$0||");
        assertThat(server.server.clients().evicted()).isEqualTo(1);
    }

    @Test
    void aLowerLimitHoldsFromTheNextCommandOn() {
        server.limitClientMemory("1mb");
        server.run("SET", "k", KIB100);
        server.runWithoutReading(reader, "MGET", "k", "k");
        server.limitClientMemory("150kb");
        assertThat(reader.closing).isFalse();
        assertThat(server.run("PING")).isEqualTo("+PONG|");
        assertThat(reader.closing).isTrue();
    }

    /** Otherwise nobody could talk to the server any more, not even to set a better limit. */
    @Test
    void aLimitTooLowForAnyClientIsRaised() {
        server.limitClientMemory("1");
        assertThat(server.run("PING")).isEqualTo("+PONG|");
        assertThat(server.runAs(reader, "SET", "k", "x".repeat(50_000))).isEqualTo("+OK|");
        server.set("maxmemory", "1mb");
        server.limitClientMemory("1%");
        assertThat(server.run("PING")).isEqualTo("+PONG|");
        assertThat(server.runAs(reader, "SET", "k", KIB100 + KIB100)).isEmpty();
    }

    @Test
    void whoHasGoneNoLongerCounts() {
        server.run("SET", "k", KIB100);
        server.limitClientMemory("200kb");
        server.runWithoutReading(reader, "GET", "k");
        reader.closing = true;
        server.limits.forget(reader);
        server.server.clients().remove(reader);
        Client next = server.connect("10.0.0.2:7");
        server.runWithoutReading(next, "GET", "k");
        assertThat(server.run("PING")).isEqualTo("+PONG|");
        assertThat(next.closing).isFalse();
        reader.output().discard();
        server.output(next);
    }

    @Test
    void theIdleGoButNotWhoListensOrWaits() {
        server.set("timeout", "10");
        Client listener = server.connect("10.0.0.2:7");
        listener.channels = 1;
        server.advance(4000);
        server.run("PING");
        server.advance(6001);
        server.visitClients();
        assertThat(reader.closing).isTrue();
        assertThat(server.client.closing).isFalse();
        assertThat(listener.closing).isFalse();
    }
}
