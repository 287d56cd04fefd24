package io.carnelian.server.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.admin.AdminFixture;
import io.carnelian.server.client.Client;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ClientCommandsTest {
    private static final String SYNTAX = "-ERR syntax error|";

    @RegisterExtension final AdminFixture server = new AdminFixture();

    @Test
    void flagsStandInTheOrderOfRedis() {
        Client other = server.connect("10.0.0.1:7");
        server.runAs(other, "HELLO", "3");
        server.runAs(other, "CLIENT", "TRACKING", "on", "BCAST");
        server.runAs(other, "CLIENT", "NO-EVICT", "on");
        server.runAs(other, "WATCH", "k");
        server.run("SET", "k", "1");
        server.runAs(other, "MULTI");
        assertThat(server.run("CLIENT", "LIST")).contains(" flags=xtBde ");
    }

    @Test
    void aConnectionKnowsItself() {
        assertThat(server.run("CLIENT", "ID")).isEqualTo(":1|");
        assertThat(server.run("CLIENT", "GETNAME")).isEqualTo("$-1|");
        assertThat(server.run("CLIENT", "SETNAME", "a b"))
                .isEqualTo(
                        "-ERR Client names cannot contain spaces, "
                                + "newlines or special characters.|");
        assertThat(server.run("CLIENT", "SETNAME", "ab")).isEqualTo("+OK|");
        assertThat(server.run("CLIENT", "GETNAME")).isEqualTo("$2|ab|");
        assertThat(server.run("CLIENT", "SETINFO", "lib-name", "jedis")).isEqualTo("+OK|");
        assertThat(server.run("CLIENT", "SETINFO", "LIB-VER", "a b"))
                .isEqualTo("-ERR LIB-VER cannot contain spaces, newlines or special characters.|");
        assertThat(server.run("CLIENT", "SETINFO", "foo", "b"))
                .isEqualTo("-ERR Unrecognized option 'foo'|");
        assertThat(server.run("CLIENT", "INFO"))
                .contains(
                        "id=1 addr=127.0.0.1:50000 laddr=127.0.0.1:6379 "
                                + "fd=8 name=ab age=5 idle=0 flags=N db=0"
                                + " sub=0 psub=0 ssub=0 multi=-1 qbuf=26 ")
                .endsWith(
                        " cmd=client|info user=default redir=-1 resp=2 lib-name=jedis lib-ver=\n|");
        assertThat(server.run("CLIENT", "SETNAME", "")).isEqualTo("+OK|");
        assertThat(server.run("CLIENT", "GETNAME")).isEqualTo("$-1|");
        assertThat(server.run("CLIENT", "GETREDIR")).isEqualTo(":-1|");
        assertThat(server.run("CLIENT", "TRACKINGINFO"))
                .isEqualTo("*6|$5|flags|*1|$3|off|$8|redirect|:-1|$8|prefixes|*0|");
    }

    @Test
    void longNamesCountAsRegistered() {
        String half = "x".repeat(40_000);
        assertThat(server.run("CLIENT", "SETNAME", half)).isEqualTo("+OK|");
        assertThat(server.run("CLIENT", "SETINFO", "LIB-NAME", half)).startsWith("-OOM too many");
        assertThat(server.run("CLIENT", "SETNAME", half + "y")).isEqualTo("+OK|");
        assertThat(server.client.registeredBytes).isEqualTo(40_001);
        assertThat(server.run("RESET")).isEqualTo("+RESET|");
        assertThat(server.run("CLIENT", "SETINFO", "LIB-NAME", half)).isEqualTo("+OK|");
        assertThat(server.registrations.bytes()).isEqualTo(40_000);
    }

    @Test
    void listFiltersByTypeOrId() {
        Client other = server.connect("/tmp/s:0");
        assertThat(server.run("CLIENT", "LIST"))
                .contains("id=1 ", "id=2 addr=/tmp/s:0", " flags=U ");
        assertThat(server.run("CLIENT", "LIST", "TYPE", "pubsub")).isEqualTo("$0||");
        assertThat(server.run("CLIENT", "LIST", "TYPE", "foo"))
                .isEqualTo("-ERR Unknown client type 'foo'|");
        assertThat(server.run("CLIENT", "LIST", "ID", "2", "99"))
                .contains("id=2 ")
                .doesNotContain("id=1 ");
        assertThat(server.run("CLIENT", "LIST", "ID", "0", "-1")).isEqualTo("$0||");
        assertThat(server.run("CLIENT", "LIST", "ID", "1", "x"))
                .isEqualTo("-ERR Invalid client ID|");
        assertThat(server.run("CLIENT", "LIST", "TYPE")).isEqualTo(SYNTAX);
        assertThat(server.run("CLIENT", "LIST", "FOO")).isEqualTo(SYNTAX);
        other.replica = true;
        assertThat(server.run("CLIENT", "LIST", "TYPE", "slave"))
                .contains("id=2 ")
                .doesNotContain("id=1 ");
        assertThat(server.run("CLIENT", "LIST", "TYPE", "normal"))
                .contains("id=1 ")
                .doesNotContain("id=2 ");
    }

    @Test
    void killByAddressOrFilters() {
        Client other = server.connect("10.0.0.1:7");
        assertThat(server.run("CLIENT", "KILL", "1.2.3.4:5")).isEqualTo("-ERR No such client|");
        assertThat(server.run("CLIENT", "KILL", "10.0.0.1:7")).isEqualTo("+OK|");
        assertThat(other.closing).isTrue();
        server.server.clients().remove(other);
        assertThat(server.run("CLIENT", "KILL", "ID", "99")).isEqualTo(":0|");
        assertThat(server.run("CLIENT", "KILL", "ID", "0"))
                .isEqualTo("-ERR client-id should be greater than 0|");
        assertThat(server.run("CLIENT", "KILL", "TYPE", "foo"))
                .isEqualTo("-ERR Unknown client type 'foo'|");
        assertThat(server.run("CLIENT", "KILL", "USER", "foo"))
                .isEqualTo("-ERR No such user 'foo'|");
        assertThat(server.run("CLIENT", "KILL", "ID", "1", "FOO")).isEqualTo(SYNTAX);
        assertThat(server.run("CLIENT", "KILL", "USER", "default", "SKIPME", "foo"))
                .isEqualTo(SYNTAX);
        assertThat(server.run("CLIENT", "KILL", "MAXAGE", "x"))
                .isEqualTo("-ERR maxage is not an integer or out of range|");
        Client third = server.connect("10.0.0.1:8");
        assertThat(server.run("CLIENT", "KILL", "MAXAGE", "100")).isEqualTo(":0|");
        assertThat(server.run("CLIENT", "KILL", "TYPE", "normal", "LADDR", "127.0.0.1:6379"))
                .isEqualTo(":1|");
        assertThat(third.closing).isTrue();
        assertThat(server.client.closing).as("spared by default").isFalse();
        server.server.clients().remove(third);
        assertThat(server.run("CLIENT", "KILL", "ID", "1", "SKIPME", "no")).isEqualTo(":1|");
        assertThat(server.client.closing).isTrue();
    }

    @Test
    void repliesCanBeSwitchedOff() {
        assertThat(server.run("CLIENT", "REPLY", "foo")).isEqualTo(SYNTAX);
        assertThat(server.run("CLIENT", "REPLY", "OFF")).isEmpty();
        assertThat(server.run("PING")).isEmpty();
        assertThat(server.run("CLIENT", "REPLY", "SKIP")).isEmpty();
        assertThat(server.run("PING")).isEmpty();
        assertThat(server.run("PING")).isEmpty();
        assertThat(server.run("CLIENT", "REPLY", "ON")).isEqualTo("+OK|");
        assertThat(server.run("CLIENT", "REPLY", "SKIP")).isEmpty();
        assertThat(server.run("PING")).isEmpty();
        assertThat(server.run("PING")).isEqualTo("+PONG|");
    }

    @Test
    void repliesThatAreSwitchedOffInsideATransactionEndThere() {
        server.run("MULTI");
        server.run("CLIENT", "REPLY", "OFF");
        server.run("PING");
        assertThat(server.run("EXEC")).as("as Redis has it").isEqualTo("*2|");
        assertThat(server.run("PING")).isEmpty();
        assertThat(server.run("CLIENT", "REPLY", "ON")).isEqualTo("+OK|");
    }

    @Test
    void switchesOfTheConnection() {
        assertThat(server.run("CLIENT", "NO-EVICT", "on")).isEqualTo("+OK|");
        assertThat(server.run("CLIENT", "NO-TOUCH", "ON")).isEqualTo("+OK|");
        assertThat(server.run("CLIENT", "INFO")).contains(" flags=eT ");
        assertThat(server.run("CLIENT", "NO-EVICT", "foo")).isEqualTo(SYNTAX);
        assertThat(server.run("CLIENT", "NO-TOUCH", "off")).isEqualTo("+OK|");
        assertThat(server.run("CLIENT", "HELP"))
                .startsWith("*")
                .endsWith("+HELP|+    Prints this help.|");
    }
}
