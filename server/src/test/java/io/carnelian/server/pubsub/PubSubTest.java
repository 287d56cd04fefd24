package io.carnelian.server.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.admin.AdminFixture;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Registrations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every reply and message here is what redis-server 7.0.15 sends. */
class PubSubTest {
    @RegisterExtension final AdminFixture server = new AdminFixture();

    private final Client reader = server.connect("10.0.0.1:7");

    @Test
    void aMessageGoesToItsChannelAndThenToPatterns() {
        assertThat(server.runAs(reader, "PSUBSCRIBE", "n*"))
                .isEqualTo("*3|$10|psubscribe|$2|n*|:1|");
        assertThat(server.runAs(reader, "SUBSCRIBE", "news", "news"))
                .isEqualTo("*3|$9|subscribe|$4|news|:2|*3|$9|subscribe|$4|news|:2|");
        assertThat(server.run("PUBLISH", "news", "hi")).isEqualTo(":2|");
        assertThat(server.output(reader))
                .isEqualTo("*3|$7|message|$4|news|$2|hi|" + "*4|$8|pmessage|$2|n*|$4|news|$2|hi|");
        assertThat(server.runAs(reader, "GET", "k"))
                .isEqualTo(
                        "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING"
                                + " / QUIT / RESET are allowed in this context|");
        assertThat(server.run("PUBSUB", "NUMSUB", "news")).isEqualTo("*2|$4|news|:1|");
        assertThat(server.run("PUBSUB", "NUMPAT")).isEqualTo(":1|");
        assertThat(server.run("pubsub", "Channels", "a", "b"))
                .isEqualTo(
                        "-ERR unknown subcommand or wrong number of arguments for 'Channels'. Try"
                                + " PUBSUB HELP.|");
        assertThat(server.runAs(reader, "UNSUBSCRIBE")).isEqualTo("*3|$11|unsubscribe|$4|news|:1|");
        assertThat(server.runAs(reader, "PUNSUBSCRIBE")).isEqualTo("*3|$12|punsubscribe|$2|n*|:0|");
        assertThat(server.runAs(reader, "UNSUBSCRIBE")).isEqualTo("*3|$11|unsubscribe|$-1|:0|");
        assertThat(server.run("PUBLISH", "news", "hi")).isEqualTo(":0|");
        assertThat(reader.registeredBytes).isZero();
    }

    @Test
    void subscriptionsAreLimitedByTheHeap() {
        String refusal =
                "-OOM too many subscriptions, watched or tracked keys for the Java heap,"
                        + " nothing was changed|";
        String half = "x".repeat(40_000);
        assertThat(server.runAs(reader, "SUBSCRIBE", half)).startsWith("*3|$9|subscribe|");
        assertThat(server.runAs(reader, "SUBSCRIBE", half + "y")).isEqualTo(refusal);
        assertThat(server.run("PSUBSCRIBE", "a", half + "z")).isEqualTo(refusal);
        assertThat(reader.channels).isEqualTo(1);
        assertThat(server.run("PUBSUB", "NUMPAT")).isEqualTo(":0|");
        server.pubSub.forget(reader);
        assertThat(server.registrations.bytes()).isZero();
        assertThat(server.runAs(reader, "SUBSCRIBE", half + "y")).startsWith("*3|$9|subscribe|");
    }

    /** All of these have the same hash code: a table that only chains them needs minutes. */
    @Test
    @Timeout(30)
    void namesMadeToCollideAreFoundQuickly() {
        Directory directory = new Directory(new Registrations(1 << 30));
        for (int i = 0; i < 1 << 15; i++) {
            byte[] name = new byte[30];
            for (int bit = 0; bit < 15; bit++) {
                boolean second = (i >> bit & 1) == 1;
                name[2 * bit] = (byte) (second ? 'B' : 'A');
                name[2 * bit + 1] = (byte) (second ? 'B' : 'a');
            }
            directory.add(reader, new Channel(name));
        }
        assertThat(directory.names()).isEqualTo(1 << 15);
        for (Channel channel : directory.of(reader)) {
            directory.remove(reader, channel);
        }
        assertThat(reader.registeredBytes).isZero();
    }
}
