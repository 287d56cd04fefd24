package io.carnelian.server.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.admin.AdminFixture;
import io.carnelian.server.client.Client;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ConnectionCommandsTest {
    private static final String WRONGPASS =
            "-WRONGPASS invalid username-password pair or user is disabled.|";
    private static final String NOAUTH = "-NOAUTH Authentication required.|";
    @RegisterExtension final AdminFixture server = new AdminFixture();

    private String hello(int proto, Client client) {
        return (proto == 3 ? "%7" : "*14")
                + "|$6|server|$5|redis|$7|version|$5|7.2.4|$5|proto|:"
                + proto
                + "|$2|id|:"
                + client.id()
                + "|$4|mode|$10|standalone|$4|role|$6|master|$7|modules|*0|";
    }

    @Test
    void pingAndEcho() {
        assertThat(server.run("PING")).isEqualTo("+PONG|");
        assertThat(server.run("ping", "a")).isEqualTo("$1|a|");
        assertThat(server.run("PING", "a", "b"))
                .isEqualTo("-ERR wrong number of arguments for 'ping' command|");
        assertThat(server.run("ECHO", "a")).isEqualTo("$1|a|");
        assertThat(server.run("ECHO"))
                .isEqualTo("-ERR wrong number of arguments for 'echo' command|");
    }

    @Test
    void authWithoutPassword() {
        assertThat(server.run("AUTH", "x"))
                .isEqualTo(
                        "-ERR AUTH <password> called without any "
                                + "password configured for the default user."
                                + " Are you sure your configuration is correct?|");
        assertThat(server.run("AUTH", "default", "x")).isEqualTo("+OK|");
        assertThat(server.run("AUTH", "foo", "x")).isEqualTo(WRONGPASS);
        assertThat(server.run("AUTH", "a", "b", "c")).isEqualTo("-ERR syntax error|");
    }

    @Test
    void strangersMayOnlySayWho() {
        server.set("requirepass", "foo");
        Client stranger = server.connect("10.0.0.1:1");
        assertThat(server.runAs(stranger, "PING")).isEqualTo(NOAUTH);
        assertThat(server.runAs(stranger, "FOO"))
                .isEqualTo("-ERR unknown command 'FOO', with args beginning with: |");
        assertThat(server.runAs(stranger, "CLIENT", "FOO"))
                .isEqualTo("-ERR unknown subcommand 'FOO'. Try CLIENT HELP.|");
        assertThat(server.runAs(stranger, "GET"))
                .isEqualTo("-ERR wrong number of arguments for 'get' command|");
        assertThat(server.runAs(stranger, "HELLO", "3"))
                .startsWith("-NOAUTH HELLO must be called with");
        assertThat(server.runAs(stranger, "HELLO", "3", "AUTH", "default", "bar"))
                .isEqualTo(WRONGPASS);
        assertThat(server.runAs(stranger, "HELLO", "3", "AUTH", "default", "foo", "SETNAME", "y"))
                .isEqualTo(hello(3, stranger));
        assertThat(server.runAs(stranger, "CLIENT", "GETNAME")).isEqualTo("$1|y|");
        assertThat(server.runAs(stranger, "RESET")).isEqualTo("+RESET|");
        assertThat(server.runAs(stranger, "PING")).isEqualTo(NOAUTH);
        assertThat(server.runAs(stranger, "AUTH", "bar")).isEqualTo(WRONGPASS);
        assertThat(server.runAs(stranger, "AUTH", "foo")).isEqualTo("+OK|");
        assertThat(server.runAs(stranger, "AUTH", "bar")).isEqualTo(WRONGPASS);
        assertThat(server.runAs(stranger, "PING")).isEqualTo("+PONG|");
        assertThat(server.run("PING")).as("who was in stays in").isEqualTo("+PONG|");
    }

    @Test
    void strangersGetInWhenThePasswordGoes() {
        server.set("requirepass", "foo");
        Client stranger = server.connect("10.0.0.1:1");
        assertThat(server.runAs(stranger, "PING")).isEqualTo(NOAUTH);
        server.set("requirepass", "");
        assertThat(server.runAs(stranger, "PING")).isEqualTo("+PONG|");
    }

    @Test
    void helloChoosesTheProtocol() {
        assertThat(server.run("HELLO")).isEqualTo(hello(2, server.client));
        assertThat(server.run("HELLO", "4")).isEqualTo("-NOPROTO unsupported protocol version|");
        assertThat(server.run("HELLO", "abc"))
                .isEqualTo("-ERR Protocol version is not an integer or out of range|");
        assertThat(server.run("HELLO", "3", "foo"))
                .isEqualTo("-ERR Syntax error in HELLO option 'foo'|");
        assertThat(server.run("HELLO", "3", "SETNAME"))
                .isEqualTo("-ERR Syntax error in HELLO option 'SETNAME'|");
        assertThat(server.run("HELLO", "3", "SETNAME", "a b"))
                .isEqualTo(
                        "-ERR Client names cannot contain spaces, "
                                + "newlines or special characters.|");
        assertThat(server.run("HELLO", "3", "AUTH", "default"))
                .isEqualTo("-ERR Syntax error in HELLO option 'AUTH'|");
        assertThat(server.run("HELLO", "3", "SETNAME", "ab")).isEqualTo(hello(3, server.client));
        assertThat(server.run("GET", "nothing")).isEqualTo("_|");
        assertThat(server.run("HELLO")).isEqualTo(hello(3, server.client));
        assertThat(server.run("HELLO", "2", "AUTH", "default", "any", "SETNAME", "x"))
                .isEqualTo(hello(2, server.client));
        assertThat(server.run("CLIENT", "GETNAME")).isEqualTo("$1|x|");
    }

    @Test
    void resetUndoesEverything() {
        server.run("HELLO", "3", "SETNAME", "x");
        server.run("SELECT", "3");
        server.run("MONITOR");
        assertThat(server.run("RESET")).contains("+RESET|");
        assertThat(server.client.name()).isNull();
        assertThat(server.client.db().index()).isZero();
        assertThat(server.client.resp3).isFalse();
        assertThat(server.client.monitor).isFalse();
        assertThat(server.run("RESET", "x"))
                .isEqualTo("-ERR wrong number of arguments for 'reset' command|");
    }

    @Test
    void quitClosesAfterItsReply() {
        assertThat(server.run("QUIT", "now")).isEqualTo("+OK|");
        assertThat(server.client.closing).isTrue();
        assertThat(server.run("PING")).isEmpty();
    }
}
