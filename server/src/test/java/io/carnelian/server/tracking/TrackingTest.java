package io.carnelian.server.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.admin.AdminFixture;
import io.carnelian.server.client.Client;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Gate;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.store.Key;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every reply and message here is what redis-server 7.0.15 sends. */
class TrackingTest {
    @RegisterExtension final AdminFixture server = new AdminFixture();

    private final Client reader = server.connect("10.0.0.1:7");

    private void track(Client client, String... options) {
        client.resp3 = true;
        String[] words = new String[3 + options.length];
        words[0] = "CLIENT";
        words[1] = "TRACKING";
        words[2] = "on";
        System.arraycopy(options, 0, words, 3, options.length);
        assertThat(server.runAs(client, words)).isEqualTo("+OK|");
    }

    private static String invalid(String key) {
        return ">2|$10|invalidate|*1|$" + key.length() + "|" + key + "|";
    }

    @Test
    void whoReadAKeyHearsOfItsFirstChange() {
        track(reader);
        assertThat(server.runAs(reader, "GET", "k")).isEqualTo("_|");
        assertThat(server.run("SET", "k", "1")).isEqualTo("+OK|");
        assertThat(server.output(reader)).isEqualTo(invalid("k"));
        server.run("SET", "k", "2");
        assertThat(server.output(reader)).as("it has not read it again").isEmpty();
    }

    @Test
    void itsOwnChangeComesAfterTheReply() {
        track(reader);
        server.runAs(reader, "GET", "k");
        assertThat(server.runAs(reader, "SET", "k", "2")).isEqualTo("+OK|" + invalid("k"));
        server.runAs(reader, "CLIENT", "TRACKING", "off");
        track(reader, "NOLOOP");
        server.runAs(reader, "GET", "k");
        assertThat(server.runAs(reader, "SET", "k", "3")).isEqualTo("+OK|");
    }

    @Test
    void whatAGateChangesIsToldBeforeTheReply() {
        track(reader, "NOLOOP");
        server.run("SET", "k", "v");
        server.runAs(reader, "GET", "k");
        server.server.gates().install(Gate.COLD, this::evictsOneKey);
        server.server.gates().arm(Gate.COLD, true);
        assertThat(server.runAs(reader, "PING")).isEqualTo(invalid("k") + "+PONG|");
    }

    /** As the gate MAXMEMORY makes room. */
    private @Nullable ErrorReply evictsOneKey(Call call) {
        server.server.gates().arm(Gate.COLD, false);
        ByteBuf name = Unpooled.directBuffer().writeByte('k');
        assertThat(call.db().delete(new Key().set(name.memoryAddress(), 1))).isTrue();
        name.release();
        return null;
    }

    @Test
    void aFlushIsOneMessageWithoutKeys() {
        track(reader);
        server.runAs(reader, "GET", "k");
        server.run("FLUSHALL");
        assertThat(server.output(reader)).isEqualTo(">2|$10|invalidate|_|");
        assertThat(server.runAs(reader, "FLUSHDB")).isEqualTo("+OK|>2|$10|invalidate|_|");
    }

    @Test
    void expiryIsAChange() {
        track(reader);
        server.run("SET", "k", "v", "PX", "10");
        server.runAs(reader, "GET", "k");
        server.advance(11);
        server.run("GET", "k");
        assertThat(server.output(reader)).isEqualTo(invalid("k"));
    }

    /** Not even NOLOOP hides that a key has expired, where keys are broadcast. */
    @Test
    void whoseReadFindsAKeyExpiredHearsOfThat() {
        track(reader, "BCAST", "NOLOOP");
        server.run("SET", "k", "v", "PX", "10");
        assertThat(server.output(reader)).isEqualTo(invalid("k"));
        server.advance(11);
        assertThat(server.runAs(reader, "GET", "k")).isEqualTo("_|" + invalid("k"));
        assertThat(server.runAs(reader, "SET", "k", "v")).isEqualTo("+OK|");
    }

    /** Otherwise it would keep a value that another client has replaced. */
    @Test
    void whoChangesAKeyLastInATurnIsNotToldOfIt() {
        String[] set = {"SET", "k", "v"};
        track(reader, "BCAST", "NOLOOP");
        server.runTogether(reader, set, server.client, set);
        assertThat(server.output(reader)).isEqualTo("+OK|" + invalid("k"));
        server.runTogether(server.client, set, reader, set);
        assertThat(server.output(reader)).isEqualTo("+OK|");
        server.run("SET", "k", "v", "PX", "10");
        assertThat(server.output(reader)).isEqualTo(invalid("k"));
        server.advance(11);
        assertThat(server.runAs(reader, "SET", "k", "w")).isEqualTo("+OK|");
    }

    @Test
    void cachingFitsTheMode() {
        String only = " is only valid when tracking is enabled in ";
        assertThat(server.runAs(reader, "CLIENT", "CACHING", "yes"))
                .startsWith("-ERR CLIENT CACHING can be called only when the client is in");
        track(reader, "NOLOOP");
        assertThat(server.runAs(reader, "CLIENT", "CACHING", "yes"))
                .isEqualTo("-ERR CLIENT CACHING YES" + only + "OPTIN mode.|");
        assertThat(server.runAs(reader, "CLIENT", "CACHING", "no"))
                .isEqualTo("-ERR CLIENT CACHING NO" + only + "OPTOUT mode.|");
        assertThat(server.runAs(reader, "CLIENT", "CACHING", "x")).isEqualTo("-ERR syntax error|");
    }

    @Test
    void keysBehindTheirNumberAreReadToo() {
        track(reader);
        server.run("SADD", "s2", "a");
        server.runAs(reader, "SINTERCARD", "2", "s1", "s2", "LIMIT", "0");
        server.runAs(reader, "ZDIFF", "1", "z", "WITHSCORES");
        server.runAs(reader, "ZUNION", "3", "x", "y");
        server.runAs(reader, "ZUNION", "no", "x", "y");
        server.run("SADD", "s1", "a");
        assertThat(server.output(reader)).isEqualTo(invalid("s1"));
        server.run("SADD", "s2", "b");
        assertThat(server.output(reader)).isEqualTo(invalid("s2"));
        server.run("ZADD", "z", "1", "a");
        assertThat(server.output(reader)).isEqualTo(invalid("z"));
        server.run("MSET", "x", "1", "LIMIT", "2", "WITHSCORES", "3", "y", "4");
        assertThat(server.output(reader)).isEmpty();
    }

    @Test
    void onlyClientCommandsStandBetweenCachingAndWhatItIsFor() {
        track(reader, "OPTOUT");
        server.runAs(reader, "CLIENT", "CACHING", "no");
        server.runAs(reader, "CLIENT", "ID");
        server.runAs(reader, "GET", "a");
        server.run("SET", "a", "1");
        assertThat(server.output(reader)).isEmpty();
        server.runAs(reader, "CLIENT", "CACHING", "no");
        server.runAs(reader, "NOPE");
        server.runAs(reader, "GET", "a");
        server.run("SET", "a", "2");
        assertThat(server.output(reader)).isEqualTo(invalid("a"));
    }

    @Test
    void broadcastGathersTheKeysOfATurn() {
        track(reader, "BCAST", "PREFIX", "a", "PREFIX", "b");
        server.run("MSET", "a1", "1", "c", "2", "a2", "3");
        assertThat(server.output(reader)).isEqualTo(">2|$10|invalidate|*2|$2|a1|$2|a2|");
        assertThat(server.runAs(reader, "SET", "b", "1")).isEqualTo("+OK|" + invalid("b"));
        assertThat(server.runAs(reader, "CLIENT", "TRACKINGINFO"))
                .isEqualTo(
                        "%3|$5|flags|~2|$2|on|$5|bcast|$8|redirect|:0|$8|prefixes|*2|$1|a|$1|b|");
    }

    @Test
    void aSubscriberHearsInPlaceOfAnother() {
        Client listener = server.connect("10.0.0.2:7");
        String id = Long.toString(listener.id());
        track(reader, "REDIRECT", id);
        server.runAs(reader, "GET", "x");
        server.run("SET", "x", "1");
        assertThat(server.output(listener)).as("it has not subscribed").isEmpty();
        listener.channels = 1;
        server.runAs(reader, "GET", "x");
        server.run("SET", "x", "1");
        assertThat(server.output(listener))
                .isEqualTo("*3|$7|message|$20|__redis__:invalidate|*1|$1|x|");
        server.run("FLUSHALL");
        assertThat(server.output(listener))
                .isEqualTo("*3|$7|message|$20|__redis__:invalidate|$-1|");
        server.runAs(reader, "GET", "x");
        server.server.clients().remove(listener);
        server.run("SET", "x", "1");
        assertThat(server.output(reader)).isEqualTo(">2|$21|tracking-redir-broken|:" + id + "|");
        assertThat(server.runAs(reader, "CLIENT", "TRACKINGINFO")).contains("broken_redirect");
    }

    @Test
    void optInRemembersOnlyTheCommandAfterCachingYes() {
        track(reader, "OPTIN");
        server.runAs(reader, "GET", "a");
        assertThat(server.runAs(reader, "CLIENT", "CACHING", "yes")).isEqualTo("+OK|");
        server.runAs(reader, "GET", "b");
        server.runAs(reader, "GET", "c");
        server.run("MSET", "a", "1", "b", "1", "c", "1");
        assertThat(server.output(reader)).isEqualTo(invalid("b"));
    }

    @Test
    void optOutForgetsTheCommandAfterCachingNo() {
        track(reader, "OPTOUT");
        server.runAs(reader, "CLIENT", "CACHING", "no");
        server.runAs(reader, "GET", "a");
        server.runAs(reader, "GET", "b");
        server.run("MSET", "a", "1", "b", "1");
        assertThat(server.output(reader)).isEqualTo(invalid("b"));
    }

    @Test
    void beyondItsLimitTheTableGivesKeysUp() {
        server.set("tracking-table-max-keys", "2");
        track(reader);
        server.runAs(reader, "GET", "a");
        server.runAs(reader, "GET", "b");
        assertThat(server.runAs(reader, "GET", "c")).startsWith("_|>2|$10|invalidate|*1|$1|");
    }

    @Test
    void resetEndsIt() {
        track(reader);
        server.runAs(reader, "GET", "k");
        assertThat(server.runAs(reader, "RESET")).isEqualTo("+RESET|");
        server.run("SET", "k", "1");
        assertThat(server.output(reader)).isEmpty();
        assertThat(server.runAs(reader, "CLIENT", "GETREDIR")).isEqualTo(":-1|");
    }

    private void refused(String options, String error) {
        String[] words = ("CLIENT TRACKING " + options).split(" ");
        assertThat(server.run(words)).as(options).isEqualTo("-ERR " + error + "|");
    }

    @Test
    void optionsThatDoNotGoTogether() {
        refused("foo", "syntax error");
        refused("on FOO", "syntax error");
        refused("on REDIRECT", "syntax error");
        refused("on REDIRECT x", "value is not an integer or out of range");
        refused("on REDIRECT 999", "The client ID you want redirect to does not exist");
        refused("on PREFIX a", "PREFIX option requires BCAST mode to be enabled");
        refused("on OPTIN OPTOUT", "You can't specify both OPTIN mode and OPTOUT mode");
        refused("on BCAST OPTIN", "OPTIN and OPTOUT are not compatible with BCAST");
        refused(
                "on BCAST PREFIX a PREFIX ab",
                "Prefix 'a' overlaps with another provided prefix 'ab'."
                        + " Prefixes for a single client must not overlap.");
        assertThat(server.run("CLIENT", "TRACKING", "on", "BCAST", "PREFIX", "foo"))
                .isEqualTo("+OK|");
        refused(
                "on BCAST PREFIX foo NOLOOP",
                "Prefix 'foo' overlaps with an existing prefix 'foo'."
                        + " Prefixes for a single client must not overlap.");
        refused(
                "on BCAST PREFIX foobar",
                "Prefix 'foobar' overlaps with an existing prefix 'foo'."
                        + " Prefixes for a single client must not overlap.");
        refused(
                "on",
                "You can't switch BCAST mode on/off before disabling tracking for this client,"
                        + " and then re-enabling it with a different mode.");
    }

    /** The heap of the fixture has room for some 600 keys. */
    @Test
    void whenTheHeapIsFullOfReadsAllAreGivenUp() {
        track(reader);
        for (int i = 0; i < 1000 && server.output(reader).isEmpty(); i++) {
            String reply = server.runAs(reader, "GET", "key:" + i);
            if (!reply.equals("_|")) {
                assertThat(reply).isEqualTo("_|>2|$10|invalidate|_|");
                assertThat(i).isBetween(400, 700);
                server.run("SET", "key:" + i, "v");
                assertThat(server.output(reader)).isEqualTo(invalid("key:" + i));
                server.run("SET", "key:1", "v");
                assertThat(server.output(reader)).as("told of already").isEmpty();
                return;
            }
        }
        throw new AssertionError("a thousand keys were noted");
    }

    @Test
    void prefixesAreLimitedByTheHeap() {
        reader.resp3 = true;
        String[] words = {"CLIENT", "TRACKING", "on", "BCAST", "PREFIX", "x".repeat(70_000)};
        assertThat(server.runAs(reader, words)).startsWith("-OOM too many subscriptions");
        assertThat(reader.tracking).isNull();
        assertThat(server.registrations.bytes()).isZero();
    }

    /** The heap of the fixture has room for some 600 names, of which none is sent here. */
    @Test
    void whenTheHeapIsFullOfChangesEverythingHasChanged() {
        track(reader, "BCAST");
        String[] set = new String[2001];
        set[0] = "MSET";
        for (int i = 1; i < set.length; i++) {
            set[i] = "key:" + i;
        }
        assertThat(server.run(set)).isEqualTo("+OK|");
        String everything = ">2|$10|invalidate|_|";
        assertThat(server.output(reader))
                .startsWith(everything)
                .matches(
                        "(?s)(>2\\|\\$10\\|invalidate\\|_\\|)+>2\\|\\$10\\|invalidate\\|\\*\\d+.*");
        server.tracking.disable(reader);
        assertThat(server.registrations.bytes()).isZero();
    }
}
