package io.carnelian.integration.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.ServerProcess;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.SetArgs;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lettuce in both protocols: strings, pipelines, transactions, messages, SCAN; tracking in RESP3.
 */
class LettuceIT {
    private static final int KEYS = 1000;

    private static RedisClient client(ServerProcess server, ProtocolVersion protocol) {
        RedisURI uri =
                RedisURI.builder()
                        .withHost("127.0.0.1")
                        .withPort(server.port())
                        .withTimeout(Duration.ofSeconds(10))
                        .withClientName("smoke")
                        .build();
        RedisClient client = RedisClient.create(uri);
        client.setOptions(ClientOptions.builder().protocolVersion(protocol).build());
        return client;
    }

    private static void end(RedisClient client) {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
    }

    @ParameterizedTest
    @EnumSource(
            value = ProtocolVersion.class,
            names = {"RESP2", "RESP3"})
    void dataPipelinesAndTransactions(ProtocolVersion protocol)
            throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject()) {
            RedisClient client = client(server, protocol);
            try (StatefulRedisConnection<String, String> connection = client.connect()) {
                RedisCommands<String, String> redis = connection.sync();
                assertThat(redis.set("k", "v", SetArgs.Builder.nx().px(60_000))).isEqualTo("OK");
                assertThat(redis.get("k")).isEqualTo("v");
                assertThat(redis.get("nothing")).isNull();
                assertThat(redis.clientGetname()).isEqualTo("smoke");
                List<RedisFuture<?>> all = new ArrayList<>();
                connection.setAutoFlushCommands(false);
                for (int i = 0; i < KEYS; i++) {
                    all.add(connection.async().set("p:" + i, "x"));
                    all.add(connection.async().incr("n"));
                }
                connection.flushCommands();
                connection.setAutoFlushCommands(true);
                assertThat(
                                LettuceFutures.awaitAll(
                                        Duration.ofSeconds(10), all.toArray(new RedisFuture<?>[0])))
                        .isTrue();
                assertThat(redis.get("n")).isEqualTo(Integer.toString(KEYS));
                Set<String> seen = new HashSet<>();
                KeyScanCursor<String> cursor = redis.scan(ScanArgs.Builder.matches("p:*"));
                seen.addAll(cursor.getKeys());
                while (!cursor.isFinished()) {
                    cursor = redis.scan(cursor, ScanArgs.Builder.matches("p:*"));
                    seen.addAll(cursor.getKeys());
                }
                assertThat(seen).hasSize(KEYS);
                redis.multi();
                redis.set("t", "1");
                redis.incr("t");
                assertThat(redis.exec().<Long>get(1)).isEqualTo(2L);
            } finally {
                end(client);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ProtocolVersion.class,
            names = {"RESP2", "RESP3"})
    void messages(ProtocolVersion protocol) throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject()) {
            RedisClient client = client(server, protocol);
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            try (StatefulRedisPubSubConnection<String, String> listener = client.connectPubSub();
                    StatefulRedisConnection<String, String> publisher = client.connect()) {
                listener.addListener(
                        new RedisPubSubAdapter<>() {
                            @Override
                            public void message(String channel, String message) {
                                heard.add(channel + "=" + message);
                            }
                        });
                listener.sync().subscribe("c");
                assertThat(publisher.sync().publish("c", "hello")).isEqualTo(1);
                assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("c=hello");
            } finally {
                end(client);
            }
        }
    }

    @Test
    void aCachedKeyThatChangesIsTold() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject()) {
            RedisClient client = client(server, ProtocolVersion.RESP3);
            BlockingQueue<String> pushes = new LinkedBlockingQueue<>();
            try (StatefulRedisConnection<String, String> reader = client.connect();
                    StatefulRedisConnection<String, String> writer = client.connect()) {
                reader.addListener(message -> pushes.add(message.getType()));
                reader.sync().clientTracking(TrackingArgs.Builder.enabled());
                reader.sync().get("k");
                writer.sync().set("k", "v");
                assertThat(pushes.poll(10, TimeUnit.SECONDS)).isEqualTo("invalidate");
            } finally {
                end(client);
            }
        }
    }
}
