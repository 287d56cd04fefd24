package io.carnelian.integration.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.resps.ScanResult;

/** Jedis in both protocols: strings, pipelines, transactions, messages, SCAN. */
class JedisIT {
    private static final int KEYS = 1000;

    private static Jedis open(ServerProcess server, RedisProtocol protocol) {
        return new Jedis(
                new HostAndPort("127.0.0.1", server.port()),
                DefaultJedisClientConfig.builder()
                        .protocol(protocol)
                        .clientName("smoke")
                        .timeoutMillis(10_000)
                        .build());
    }

    @ParameterizedTest
    @EnumSource(
            value = RedisProtocol.class,
            names = {"RESP2", "RESP3"})
    void dataAndPipelines(RedisProtocol protocol) throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject();
                Jedis jedis = open(server, protocol)) {
            assertThat(jedis.set("k", "v", SetParams.setParams().px(60_000).nx())).isEqualTo("OK");
            assertThat(jedis.set("k", "w", SetParams.setParams().nx())).isNull();
            assertThat(jedis.get("k")).isEqualTo("v");
            assertThat(jedis.pttl("k")).isBetween(1L, 60_000L);
            assertThat(jedis.get("nothing")).isNull();
            assertThat(jedis.mget("k", "nothing")).containsExactly("v", null);
            assertThat(jedis.incrByFloat("f", 1.5)).isEqualTo(1.5);
            assertThat(jedis.clientGetname()).isEqualTo("smoke");
            try (Pipeline pipeline = jedis.pipelined()) {
                List<Response<Long>> sums = new ArrayList<>();
                for (int i = 0; i < KEYS; i++) {
                    pipeline.set("p:" + i, "x");
                    sums.add(pipeline.incr("n"));
                }
                pipeline.sync();
                assertThat(sums.getLast().get()).isEqualTo(KEYS);
            }
            Set<String> seen = new HashSet<>();
            String cursor = ScanParams.SCAN_POINTER_START;
            do {
                ScanResult<String> step = jedis.scan(cursor, new ScanParams().match("p:*"));
                seen.addAll(step.getResult());
                cursor = step.getCursor();
            } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
            assertThat(seen).hasSize(KEYS);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RedisProtocol.class,
            names = {"RESP2", "RESP3"})
    void transactions(RedisProtocol protocol) throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject();
                Jedis jedis = open(server, protocol);
                Jedis other = open(server, protocol)) {
            jedis.watch("k");
            try (Transaction transaction = jedis.multi()) {
                transaction.set("k", "1");
                Response<Long> sum = transaction.incr("k");
                assertThat(transaction.exec()).containsExactly("OK", 2L);
                assertThat(sum.get()).isEqualTo(2);
            }
            jedis.watch("k");
            other.set("k", "changed");
            try (Transaction transaction = jedis.multi()) {
                transaction.set("k", "mine");
                assertThat(transaction.exec()).isNull();
            }
            assertThat(jedis.get("k")).isEqualTo("changed");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RedisProtocol.class,
            names = {"RESP2", "RESP3"})
    void messages(RedisProtocol protocol) throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject();
                Jedis publisher = open(server, protocol);
                Jedis listener = open(server, protocol)) {
            CountDownLatch subscribed = new CountDownLatch(1);
            List<String> heard = new ArrayList<>();
            JedisPubSub handler =
                    new JedisPubSub() {
                        @Override
                        public void onSubscribe(String channel, int count) {
                            subscribed.countDown();
                        }

                        @Override
                        public void onMessage(String channel, String message) {
                            heard.add(channel + "=" + message);
                            unsubscribe();
                        }
                    };
            Thread thread = new Thread(() -> listener.subscribe(handler, "c"));
            thread.start();
            assertThat(subscribed.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(publisher.publish("c", "hello")).isEqualTo(1);
            thread.join(10_000);
            assertThat(heard).containsExactly("c=hello");
        }
    }
}
