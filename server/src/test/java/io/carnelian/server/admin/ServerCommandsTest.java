package io.carnelian.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.server.Lifecycle;
import io.carnelian.server.Lifecycle.Wish;
import io.carnelian.server.client.Client;
import io.carnelian.server.config.CommandLine;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.ConfigFile;
import io.carnelian.server.config.ConfigFileError;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ServerCommandsTest {
    private static final String SYNTAX = "-ERR syntax error|";

    private static final long NOW_MS = AdminFixture.NOW_MS;
    private static final String CANNOT_END = "-ERR Errors trying to SHUTDOWN. Check logs.|";

    @RegisterExtension final AdminFixture server = new AdminFixture();

    @Test
    void timeIsSecondsAndMicroseconds() {
        assertThat(server.run("TIME")).isEqualTo("*2|$10|1700000000|$6|123000|");
    }

    @Test
    void infoTellsWhatIsThere() {
        server.run("SET", "k", "v");
        server.run("SELECT", "2");
        server.run("SET", "k", "v", "PX", "1000");
        server.run("FOO");
        String all = server.run("INFO", "all");
        assertThat(all)
                .contains("|# Server|redis_version:7.2.4|")
                .contains("|multiplexing_api:nio|", "|tcp_port:6379|", "|uptime_in_days:1|")
                .contains("|executable:/bin/server|config_file:|io_threads_active:0|")
                .contains("|connected_clients:1|", "|maxclients:10000|")
                .contains("|maxmemory_policy:noeviction|", "|mem_allocator:carnelian-slabs-")
                .contains("|used_memory_human:", "|used_memory_rss:", "|gc_pause_max_ms:")
                .contains("|rdb_changes_since_last_save:2|", "|aof_enabled:0|")
                .contains("|role:master|connected_slaves:0|")
                .contains("|cmdstat_set:calls=2,usec=", ",rejected_calls=0,failed_calls=0|")
                .contains("|# Errorstats|errorstat_ERR:count=1|")
                .contains(
                        "|# Keyspace|db0:keys=1,expires=0,avg_ttl=0|db2:keys=1,expires=1,avg_ttl=");
        assertThat(server.run("INFO", "keyspace")).startsWith("$").contains("|# Keyspace|db0:");
        assertThat(server.run("INFO")).doesNotContain("cmdstat_");
    }

    @Test
    void resetStatSetsBack() {
        server.run("GET", "nothing");
        server.run("FOO");
        assertThat(server.run("CONFIG", "RESETSTAT")).isEqualTo("+OK|");
        assertThat(server.run("INFO", "all"))
                .contains("|keyspace_misses:0|", "|total_error_replies:0|")
                .doesNotContain("cmdstat_get");
    }

    @Test
    void monitorSeesOtherCommands() {
        var watcher = server.connect("10.0.0.9:9");
        assertThat(server.runAs(watcher, "MONITOR")).isEqualTo("+OK|");
        server.run("SET", "k", "a\n\"b\"");
        assertThat(server.output(watcher))
                .isEqualTo(
                        "+1700000000.123000 [0 127.0.0.1:50000] \"SET\" \"k\" \"a\\n\\\"b\\\"\"|");
    }

    @Test
    void monitorNamesTheUnixSocket() {
        var watcher = server.connect("10.0.0.9:9");
        server.runAs(watcher, "MONITOR");
        server.runAs(server.connect("/tmp/s:0"), "PING");
        assertThat(server.output(watcher))
                .isEqualTo("+1700000000.123000 [0 unix:/tmp/s] \"PING\"|");
    }

    @Test
    void monitorSeesNoPasswords() {
        var watcher = server.connect("10.0.0.9:9");
        server.runAs(watcher, "MONITOR");
        server.run("AUTH", "me", "s3cret");
        server.run("HELLO", "3", "AUTH", "me", "s3cret");
        server.run("CONFIG", "SET", "hz", "10");
        assertThat(server.output(watcher))
                .contains("\"AUTH\" \"(redacted)\" \"(redacted)\"")
                .doesNotContain("s3cret", "CONFIG");
    }

    @Test
    void aRequestedShutdownCanBeAborted() {
        assertThat(server.run("SHUTDOWN", "ABORT")).isEqualTo("-ERR No shutdown in progress.|");
        assertThat(server.lifecycle.request(Wish.ORDERLY)).isTrue();
        assertThat(server.lifecycle.request(Wish.ORDERLY)).as("a second signal").isFalse();
        assertThat(server.run("SHUTDOWN", "ABORT")).isEqualTo("+OK|");
        server.lifecycle.tick(0);
        assertThat(server.endings).isEmpty();
        server.lifecycle.request(new Wish(true, false, false));
        server.lifecycle.tick(0);
        assertThat(server.endings).containsExactly(new Wish(true, false, false));
        assertThat(server.lifecycle.isRequested()).as("the save failed").isFalse();
    }

    @Test
    void shutdownPassesItsWordsOn() {
        assertThat(server.run("SHUTDOWN")).isEmpty();
        assertThat(server.run("SHUTDOWN", "nosave", "NOW", "force")).isEmpty();
        assertThat(server.endings)
                .containsExactly(new Wish(null, false, false), new Wish(false, true, true));
        assertThat(server.run("SHUTDOWN", "SAVE"))
                .isEqualTo("-ERR Errors trying to SHUTDOWN. Check logs.|");
        assertThat(server.run("SHUTDOWN", "NOW", "now", "NOW", "FORCE")).isEmpty();
        assertThat(server.run("SHUTDOWN", "foo")).isEqualTo(SYNTAX);
        assertThat(server.run("SHUTDOWN", "SAVE", "NOSAVE")).isEqualTo(SYNTAX);
        assertThat(server.run("SHUTDOWN", "a", "b", "c", "d")).isEqualTo(SYNTAX);
        assertThat(server.run("SHUTDOWN", "ABORT")).isEqualTo("-ERR No shutdown in progress.|");
        assertThat(server.run("SHUTDOWN", "ABORT", "NOW")).isEqualTo(SYNTAX);
    }

    /** A peer that lacks something for a while. */
    private static final class Laggard implements Lifecycle.Delay {
        boolean over;
        boolean holdsWritesBack;

        @Override
        public boolean isOver() {
            return over;
        }

        @Override
        public long maxMs() {
            return 1000;
        }

        @Override
        public void begin() {
            holdsWritesBack = true;
        }

        @Override
        public void end() {
            holdsWritesBack = false;
        }
    }

    @Test
    void shutdownWaitsForReplicas() {
        Laggard laggard = new Laggard();
        server.lifecycle.waitFor(laggard);
        Client other = server.connect("10.0.0.1:7");
        assertThat(server.run("SHUTDOWN", "SAVE")).isEmpty();
        assertThat(server.runAs(other, "SHUTDOWN", "NOW")).as("is under way already").isEmpty();
        assertThat(server.blocked.size()).isEqualTo(2);
        assertThat(server.endings).isEmpty();
        assertThat(laggard.holdsWritesBack).isTrue();
        assertThat(server.lifecycle.remainingMs(NOW_MS + 300)).isEqualTo(700);
        server.lifecycle.tick(NOW_MS + 999);
        assertThat(server.endings).isEmpty();
        laggard.over = true;
        server.lifecycle.tick(NOW_MS + 999);
        assertThat(server.endings).containsExactly(new Wish(true, false, false));
        assertThat(server.output(server.client)).as("the save failed").isEqualTo(CANNOT_END);
        assertThat(server.output(other)).isEqualTo(CANNOT_END);
        assertThat(laggard.holdsWritesBack).isFalse();
        assertThat(server.lifecycle.remainingMs(NOW_MS)).isEqualTo(-1);
    }

    @Test
    void shutdownEndsWithoutLaggardsWhenTimeIsOver() {
        server.lifecycle.waitFor(new Laggard());
        server.run("SHUTDOWN", "NOSAVE");
        server.lifecycle.tick(NOW_MS + 1000);
        assertThat(server.endings).containsExactly(new Wish(false, false, false));
        assertThat(server.lifecycle.isEnding()).isTrue();
    }

    @Test
    void aWaitForReplicasCanBeAborted() {
        Laggard laggard = new Laggard();
        server.lifecycle.waitFor(laggard);
        Client other = server.connect("10.0.0.1:7");
        server.run("SHUTDOWN");
        assertThat(server.runAs(other, "SHUTDOWN", "ABORT")).isEqualTo("+OK|");
        assertThat(server.output(server.client)).isEqualTo(CANNOT_END);
        assertThat(laggard.holdsWritesBack).isFalse();
        server.lifecycle.tick(NOW_MS + 5000);
        assertThat(server.endings).isEmpty();
        assertThat(server.run("SHUTDOWN", "NOW")).as("does not wait").isEmpty();
        assertThat(server.endings).containsExactly(new Wish(null, true, false));
    }

    @Test
    void thereAreNoModules() {
        assertThat(server.run("MODULE", "LIST")).isEqualTo("*0|");
        assertThat(server.run("MODULE", "LOAD", "/x.so", "arg"))
                .isEqualTo("-ERR Modules are machine code for Redis and can't be loaded here|");
        assertThat(server.run("MODULE", "UNLOAD", "x"))
                .isEqualTo("-ERR Error unloading module: no such module with that name|");
        assertThat(server.run("COMMAND", "DOCS", "module|loadex")).contains("configs", "ARGS");
    }

    @Test
    void lolwutEndsWithTheVersion() {
        assertThat(server.run("LOLWUT")).endsWith("Redis ver. 7.2.4\n|");
        assertThat(server.run("LOLWUT", "VERSION")).endsWith("Redis ver. 7.2.4\n|");
        assertThat(server.run("LOLWUT", "VERSION", "5", "20")).contains("Redis ver. 7.2.4");
        assertThat(server.run("LOLWUT", "VERSION", "x")).startsWith("-ERR value is not an integer");
    }

    @Test
    void configGetAndSet() {
        assertThat(server.run("CONFIG", "GET", "port", "hz"))
                .isEqualTo("*4|$4|port|$4|6379|$2|hz|$2|10|");
        assertThat(server.run("CONFIG", "SET", "hz", "20", "timeout", "7")).isEqualTo("+OK|");
        assertThat(server.run("CONFIG", "GET", "timeout")).isEqualTo("*2|$7|timeout|$1|7|");
        assertThat(server.run("CONFIG", "SET", "a", "b", "c")).isEqualTo(SYNTAX);
        assertThat(server.run("CONFIG", "SET", "a"))
                .isEqualTo("-ERR wrong number of arguments for 'config|set' command|");
        assertThat(server.run("CONFIG", "SET", "foo", "bar"))
                .isEqualTo("-ERR Unknown option or number of arguments for CONFIG SET - 'foo'|");
        assertThat(server.run("CONFIG", "SET", "dir", "/"))
                .endsWith("(possibly related to argument 'dir') - can't set protected config|");
        server.set("enable-protected-configs", "local");
        assertThat(server.run("CONFIG", "SET", "dir", "/")).isEqualTo("+OK|");
        assertThat(server.runAs(server.connect("10.0.0.1:1"), "CONFIG", "SET", "dir", "/"))
                .startsWith("-ERR");
        assertThat(server.run("CONFIG", "REWRITE"))
                .isEqualTo("-ERR The server is running without a config file|");
        assertThat(server.run("CONFIG", "FOO"))
                .isEqualTo("-ERR unknown subcommand 'FOO'. Try CONFIG HELP.|");
        assertThat(server.run("CONFIG", "HELP"))
                .startsWith("*13|+CONFIG <subcommand> [<arg> [value] [opt] ...].");
        server.run("HELLO", "3");
        assertThat(server.run("CONFIG", "GET", "hz")).isEqualTo("%1|$2|hz|$2|20|");
    }

    @Test
    void commandsCanBeRenamed() throws Exception {
        rename("rename-command GET fetch", "rename-command monitor \"\"");
        assertThat(server.run("FETCH", "k")).isEqualTo("$-1|");
        assertThat(server.run("GET", "k")).startsWith("-ERR unknown command 'GET'");
        assertThat(server.run("MONITOR")).startsWith("-ERR unknown command");
        assertThatThrownBy(() -> rename("rename-command foo bar"))
                .hasMessageEndingWith(
                        ">>> 'rename-command foo bar'\nNo such command in rename-command\n");
        assertThatThrownBy(() -> rename("rename-command set fetch"))
                .hasMessageContaining("Target command name already exists");
    }

    private void rename(String... lines) throws ConfigFileError {
        Config config = new Config();
        RenamedCommands renamed = new RenamedCommands();
        renamed.addTo(config);
        ConfigFile.load(
                config,
                server.settings.process.dir,
                new CommandLine(CommandLine.Action.RUN, null, false, List.of(lines)),
                InputStream.nullInputStream());
        renamed.apply(server.server.commands());
    }
}
