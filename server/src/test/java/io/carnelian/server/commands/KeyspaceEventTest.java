package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.notify.EventClass;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What commands tell of keys; compared with redis-server by KeyspaceEventsIT. */
class KeyspaceEventTest {
    private static final int EVERYTHING =
            EventClass.ALL | EventClass.KEY_MISS | EventClass.NEW | EventClass.KEYEVENT;

    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private final List<String> heard = new ArrayList<>();

    @BeforeEach
    void listen() {
        server.server()
                .notifications()
                .publisher((channel, text) -> heard.add(latin1(channel) + " " + latin1(text)));
        server.server().notifications().want(EVERYTHING);
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** What the command told, as {@code event@db key}. */
    private List<String> told(String... command) {
        heard.clear();
        server.run(command);
        return heard.stream()
                .map(each -> each.replaceFirst("__keyevent@(\\d+)__:(\\S+) (.*)", "$2@$1 $3"))
                .toList();
    }

    @Test
    void bothKindsOfChannels() {
        server.server()
                .notifications()
                .want(EventClass.ALL | EventClass.KEYSPACE | EventClass.KEYEVENT);
        server.run("SET", "k", "v");
        assertThat(heard).containsExactly("__keyspace@0__:k set", "__keyevent@0__:set k");
    }

    @Test
    void nothingWithoutAChannelOrItsClass() {
        server.server().notifications().want(EventClass.ALL);
        assertThat(told("SET", "k", "v")).isEmpty();
        server.server().notifications().want(EventClass.KEYEVENT | EventClass.GENERIC);
        assertThat(told("SET", "k", "v")).isEmpty();
        assertThat(told("DEL", "k")).containsExactly("del@0 k");
    }

    @Test
    void strings() {
        assertThat(told("SET", "k", "v", "EX", "10"))
                .containsExactly("new@0 k", "set@0 k", "expire@0 k");
        assertThat(told("SET", "k", "v")).containsExactly("set@0 k");
        assertThat(told("SET", "k", "v", "NX")).isEmpty();
        assertThat(told("APPEND", "k", "w")).containsExactly("append@0 k");
        assertThat(told("SETRANGE", "k", "1", "x")).containsExactly("setrange@0 k");
        assertThat(told("INCR", "n")).containsExactly("new@0 n", "incrby@0 n");
        assertThat(told("INCRBYFLOAT", "n", "1.5")).containsExactly("incrbyfloat@0 n");
        assertThat(told("GETEX", "n", "PX", "9")).containsExactly("expire@0 n");
        assertThat(told("GETEX", "n", "PERSIST")).containsExactly("persist@0 n");
        assertThat(told("GETDEL", "n")).containsExactly("del@0 n");
        assertThat(told("MSET", "a", "1", "k", "2"))
                .containsExactly("new@0 a", "set@0 a", "set@0 k");
        assertThat(told("GET", "nosuch")).containsExactly("keymiss@0 nosuch");
        assertThat(told("OBJECT", "ENCODING", "nosuch")).isEmpty();
    }

    @Test
    void keysThatGoElsewhere() {
        server.run("SET", "k", "v");
        assertThat(told("RENAME", "k", "l"))
                .containsExactly("new@0 l", "rename_from@0 k", "rename_to@0 l");
        assertThat(told("COPY", "l", "m", "DB", "3")).containsExactly("new@3 m", "copy_to@3 m");
        assertThat(told("MOVE", "l", "3"))
                .containsExactly("new@3 l", "move_from@0 l", "move_to@3 l");
    }

    /** What replaces a value is no new key, unless it is a key that moved. */
    @Test
    void whatIsStoredOverAKeyIsNotNew() {
        server.run("SADD", "s", "1");
        server.run("SET", "k", "v");
        assertThat(told("SUNIONSTORE", "t", "s")).containsExactly("new@0 t", "sunionstore@0 t");
        assertThat(told("SUNIONSTORE", "k", "s")).containsExactly("sunionstore@0 k");
        assertThat(told("RENAME", "s", "k"))
                .containsExactly("new@0 k", "rename_from@0 s", "rename_to@0 k");
    }

    @Test
    void aMemberThatMovesLeavesBeforeItsNewSetIsMade() {
        server.run("SADD", "s", "1", "2");
        assertThat(told("SMOVE", "s", "t", "1")).containsExactly("srem@0 s", "new@0 t", "sadd@0 t");
        assertThat(told("SMOVE", "s", "t", "2")).containsExactly("srem@0 s", "del@0 s", "sadd@0 t");
    }

    @Test
    void expiry() {
        server.run("SET", "k", "v", "PX", "10");
        server.advance(11);
        assertThat(told("GET", "k")).containsExactly("expired@0 k", "keymiss@0 k");
        server.run("SET", "k", "v");
        assertThat(told("EXPIRE", "k", "10")).containsExactly("expire@0 k");
        assertThat(told("PERSIST", "k")).containsExactly("persist@0 k");
        assertThat(told("EXPIRE", "k", "-1")).containsExactly("del@0 k");
    }

    @Test
    void anErrorTellsNothing() {
        server.run("SET", "k", "text");
        assertThat(told("INCR", "k")).isEmpty();
    }
}
