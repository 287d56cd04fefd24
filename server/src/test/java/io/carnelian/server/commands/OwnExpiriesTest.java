package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.reclaim.OwnExpiries;
import io.carnelian.server.store.Keyspace;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A replica deletes what its own clients let expire, and leaves the rest to its primary. */
class OwnExpiriesTest {
    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private OwnExpiries expiries;

    @BeforeEach
    void beReplica() {
        expiries = new OwnExpiries(server.keyspace(), server.server().executor());
        expiries.follow(true, true);
        server.keyspace().expiredKeys(Keyspace.EXPIRED_HIDE);
    }

    private void later() {
        server.advance(100);
        server.keyspace().nowMs(server.nowMs());
        expiries.tick();
    }

    @Test
    void deletesWhatClientsWrote() {
        server.run("SET", "k", "v", "PX", "10");
        server.run("SET", "stays", "v", "EX", "10");
        server.run("SELECT", "3");
        server.run("RPUSH", "list", "v");
        server.run("PEXPIRE", "list", "20");
        server.run("SET", "plain", "v");
        later();
        assertThat(server.keyspace().expiredTotal()).isEqualTo(2);
        assertThat(server.keyspace().size()).isEqualTo(2);
        assertThat(server.keyspace().expiredKeys()).isEqualTo(Keyspace.EXPIRED_HIDE);
        assertThat(expiries.size()).isEqualTo(1);
        server.run("SELECT", "0");
        server.run("PERSIST", "stays");
        later();
        assertThat(expiries.size()).isZero();
    }

    @Test
    void remembersNothingWhileClientsMayOnlyRead() {
        expiries.follow(true, false);
        server.run("SET", "k", "v", "PX", "10");
        later();
        assertThat(server.keyspace().size()).isEqualTo(1);
        assertThat(expiries.size()).isZero();
    }

    @Test
    void leavesThePrimarysKeysAlone() {
        server.keyspace().expiredKeys(Keyspace.EXPIRED_IGNORE);
        server.run("SET", "k", "v", "PX", "10");
        server.keyspace().expiredKeys(Keyspace.EXPIRED_HIDE);
        later();
        assertThat(server.keyspace().size()).isEqualTo(1);
        assertThat(expiries.size()).isZero();
    }

    @Test
    void whatIsWrittenOverAHiddenKeyDoesNotInheritItsExpiry() {
        server.keyspace().expiredKeys(Keyspace.EXPIRED_IGNORE);
        server.run("SET", "number", "5", "PX", "10");
        server.run("SET", "text", "v", "PX", "10");
        server.keyspace().expiredKeys(Keyspace.EXPIRED_HIDE);
        later();
        server.run("INCR", "number").returnsInteger(1);
        server.run("TTL", "number").returnsInteger(-1);
        server.run("SET", "text", "w", "KEEPTTL");
        server.run("TTL", "text").returnsInteger(-1);
        assertThat(server.keyspace().size()).isEqualTo(2);
    }

    @Test
    void deletesNothingInAPauseAndForgetsAllAsAPrimary() {
        server.run("SET", "k", "v", "PX", "10");
        server.keyspace().freeze(true);
        later();
        assertThat(server.keyspace().size()).isEqualTo(1);
        server.keyspace().freeze(false);
        expiries.follow(false, true);
        later();
        assertThat(server.keyspace().size()).isEqualTo(1);
        server.keyspace().expiredKeys(Keyspace.EXPIRED_DELETE);
    }
}
