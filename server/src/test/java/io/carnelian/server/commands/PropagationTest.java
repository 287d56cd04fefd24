package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.commands.CommandsFixture.Outcome;
import io.carnelian.server.store.Keyspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * What a replica or an AOF does: random commands run on one server while time goes by, what it
 * propagates runs on another, later, with another clock; then both hold the same data. -Dseed=
 * replays one run.
 */
class PropagationTest {
    private static final int RUNS = 10;
    private static final int COMMANDS = 3_000;
    private static final int DATABASES = 3;

    private static final String[] TIMES = {"EX", "PX", "EXAT", "PXAT"};
    private static final String[] CONDITIONS = {"NX", "XX", "GT", "LT"};

    /**
     * Single capitals stand for keys of lists, sets, hashes, …; V a value, M a member, N a number.
     */
    private static final String[] COLLECTIONS = {
        "RPUSH L V V V",
        "LPUSH L V M",
        "LPUSHX L V",
        "LPOP L",
        "LPOP L N",
        "RPOP L N",
        "LREM L 0 M",
        "LTRIM L N N",
        "LINSERT L BEFORE M V",
        "LSET L 0 V",
        "LMOVE L L LEFT RIGHT",
        "RPOPLPUSH L L",
        "LMPOP 2 L L RIGHT COUNT N",
        "SADD S M M V",
        "SADD S M N N",
        "SREM S M M",
        "SPOP S",
        "SPOP S N",
        "SMOVE S S M",
        "SUNIONSTORE S S S",
        "SINTERSTORE S S S",
        "SDIFFSTORE S S S",
        "HSET H M V M V",
        "HSETNX H M V",
        "HDEL H M M",
        "HINCRBY H N 7",
        "HINCRBYFLOAT H N 0.1",
        "ZADD Z N M 1.5 M",
        "ZADD Z GT CH N M N M",
        "ZADD Z XX INCR N M",
        "ZINCRBY Z 0.1 M",
        "ZREM Z M M",
        "ZPOPMIN Z",
        "ZPOPMAX Z N",
        "ZMPOP 2 Z Z MIN COUNT N",
        "ZREMRANGEBYRANK Z 0 N",
        "ZREMRANGEBYSCORE Z N +inf",
        "ZUNIONSTORE Z 2 Z S",
        "ZINTERSTORE Z 2 Z Z AGGREGATE MAX",
        "ZDIFFSTORE Z 2 Z S",
        "ZRANGESTORE Z Z 0 N",
        "GEOADD Z 13.361389 38.115556 M",
        "GEOSEARCHSTORE Z Z FROMLONLAT 13 38 BYRADIUS 500 km",
        "SORT S ALPHA STORE L",
        "SORT Z BY nosort STORE L",
        "PFADD P M V N",
        "PFMERGE P P P",
        "PFCOUNT P",
        "PEXPIRE L 2000",
        "PEXPIRE S 900",
        "PEXPIRE H 3000",
        "PEXPIRE Z 1500",
        "RENAME L L",
        "COPY Z Z REPLACE",
        "COPY H H REPLACE",
        "MOVE S 1",
        "UNLINK L S"
    };

    @Test
    void replayedEffectsGiveTheSameData() {
        Long given = Long.getLong("seed");
        long first = given != null ? given : Long.getLong("build.seed", System.nanoTime());
        for (long seed = first; seed < first + (given != null ? 1 : RUNS); seed++) {
            run(seed);
        }
    }

    private static void run(long seed) {
        Random random = new Random(seed);
        try (CommandsFixture primary = new CommandsFixture();
                CommandsFixture replica = new CommandsFixture()) {
            replica.keyspace().expiredKeys(Keyspace.EXPIRED_IGNORE);
            replica.advance(random.nextInt(10_000));
            if (random.nextBoolean()) {
                primary.listMaxListpackSize = 3;
                primary.maxIntsetEntries = 3;
                primary.maxHashEntries = 3;
                primary.maxSetListpackEntries = 5;
                primary.maxSortedSetEntries = 3;
                primary.hllSparseMaxBytes = 60;
                replica.hllSparseMaxBytes = 60; // the bytes are compared
            }
            for (int i = 0; i < COMMANDS; i++) {
                primary.advance(random.nextInt(20) == 0 ? random.nextInt(3_000) : 0);
                Outcome outcome = primary.run(command(random, primary.nowMs()));
                for (String effect : outcome.effects()) {
                    apply(replica, effect);
                }
            }
            for (int db = 0; db < DATABASES; db++) {
                assertThat(content(replica, db))
                        .as("seed %d, database %d", seed, db)
                        .isEqualTo(content(primary, db));
            }
        }
    }

    private static void apply(CommandsFixture replica, String effect) {
        if (effect.equals("MULTI") || effect.equals("EXEC")) {
            return;
        }
        int end = effect.startsWith("[") ? effect.indexOf("] ") : -1;
        String db = end < 0 ? "0" : effect.substring(1, end);
        replica.run("SELECT", db);
        Outcome outcome = replica.run(RespText.words(effect.substring(end < 0 ? 0 : end + 2)));
        assertThat(outcome.reply()).as(effect).doesNotMatch("(?s)-[A-Z]+ .*");
    }

    /** Every key with its value and expiry, as hidden or live as they are. */
    private static Map<String, String> content(CommandsFixture server, int db) {
        server.keyspace().expiredKeys(Keyspace.EXPIRED_IGNORE);
        server.run("SELECT", Integer.toString(db));
        Map<String, String> content = new TreeMap<>();
        String keys = server.run("KEYS", "*").reply();
        for (String key : keys.substring(1, keys.length() - 1).split(", ", -1)) {
            String expiry = server.run("PEXPIRETIME", key).reply();
            content.put(key, value(server, key) + " " + expiry);
        }
        return content;
    }

    /** The order of sets and hashes is their own. */
    private static String value(CommandsFixture server, String key) {
        return switch (server.run("TYPE", key).reply()) {
            case "+list" -> server.run("LRANGE", key, "0", "-1").reply();
            case "+set" -> sorted(server.run("SMEMBERS", key).reply());
            case "+hash" ->
                    sorted(server.run("HKEYS", key).reply())
                            + sorted(server.run("HVALS", key).reply());
            case "+zset" -> server.run("ZRANGE", key, "0", "-1", "WITHSCORES").reply();
            default -> server.run("GET", key).reply();
        };
    }

    private static String sorted(String array) {
        String[] elements = array.split(", ", -1);
        elements[0] = elements[0].substring(1);
        int last = elements.length - 1;
        elements[last] = elements[last].substring(0, elements[last].length() - 1);
        Arrays.sort(elements);
        return String.join(", ", elements);
    }

    private static void collection(List<String> args, Random random) {
        for (String word : COLLECTIONS[random.nextInt(COLLECTIONS.length)].split(" ")) {
            args.add(
                    switch (word) {
                        case "L", "S", "H", "Z", "P" ->
                                random.nextInt(30) == 0
                                        ? key(random)
                                        : word + ":" + random.nextInt(3);
                        case "V" -> value(random);
                        case "M" -> "m" + random.nextInt(200);
                        case "N" -> Integer.toString(1 + random.nextInt(6));
                        default -> word;
                    });
        }
    }

    private static String[] command(Random random, long nowMs) {
        List<String> args = new ArrayList<>();
        switch (random.nextInt(48)) {
            case 0, 1, 2, 3 -> {
                add(args, "SET", key(random), value(random));
                option(args, random, "GET");
                option(args, random, random.nextBoolean() ? "NX" : "XX");
                if (random.nextInt(3) == 0) {
                    time(args, random, nowMs);
                } else {
                    option(args, random, "KEEPTTL");
                }
            }
            case 4 -> {
                add(args, "GETEX", key(random));
                if (random.nextInt(3) == 0) {
                    time(args, random, nowMs);
                } else {
                    option(args, random, "PERSIST");
                }
            }
            case 5 -> add(args, "SETEX", key(random), "" + (1 + random.nextInt(4)), value(random));
            case 6 -> add(args, "APPEND", key(random), value(random));
            case 7 -> add(args, "SETRANGE", key(random), "" + random.nextInt(30), value(random));
            case 8 -> add(args, "INCRBY", key(random), "" + random.nextInt(1_000));
            case 9 -> add(args, "INCRBYFLOAT", key(random), random.nextInt(100) + ".1");
            case 10 -> add(args, "MSET", key(random), value(random), key(random), value(random));
            case 11 -> add(args, "MSETNX", key(random), value(random), key(random), "w");
            case 12 -> add(args, random.nextBoolean() ? "DEL" : "UNLINK", key(random), key(random));
            case 13 -> add(args, random.nextBoolean() ? "GETDEL" : "GET", key(random));
            case 14 -> add(args, "GETSET", key(random), value(random));
            case 15, 16 -> {
                add(args, "PEXPIRE", key(random), "" + (random.nextInt(4_000) - 300));
                option(args, random, CONDITIONS[random.nextInt(4)]);
            }
            case 17 -> add(args, "EXPIREAT", key(random), "" + (nowMs / 1000 + random.nextInt(4)));
            case 18 -> add(args, "PERSIST", key(random));
            case 19 ->
                    add(
                            args,
                            random.nextBoolean() ? "RENAME" : "RENAMENX",
                            key(random),
                            key(random));
            case 20 -> {
                add(args, "COPY", key(random), key(random), "DB", "" + random.nextInt(DATABASES));
                option(args, random, "REPLACE");
            }
            case 21 -> add(args, "MOVE", key(random), "" + random.nextInt(DATABASES));
            case 22 -> add(args, "SELECT", "" + random.nextInt(DATABASES));
            case 23 -> rare(args, random);
            default -> collection(args, random);
        }
        return args.toArray(new String[0]);
    }

    private static void rare(List<String> args, Random random) {
        switch (random.nextInt(10)) {
            case 0 -> add(args, "SWAPDB", "0", "" + random.nextInt(DATABASES));
            case 1 -> add(args, random.nextInt(8) == 0 ? "FLUSHALL" : "FLUSHDB");
            case 2, 3 -> add(args, "RANDOMKEY");
            case 4, 5, 6 -> add(args, "SCAN", "0", "COUNT", "" + (1 + random.nextInt(20)));
            default -> add(args, "MGET", key(random), key(random), key(random));
        }
    }

    private static void time(List<String> args, Random random, long nowMs) {
        String unit = TIMES[random.nextInt(4)];
        long ms = 1_000L * (1 + random.nextInt(4));
        long at = unit.endsWith("AT") ? nowMs + ms - 1_500 : ms;
        add(args, unit, Long.toString(unit.startsWith("EX") ? at / 1_000 : at));
    }

    private static void option(List<String> args, Random random, String option) {
        if (random.nextInt(3) == 0) {
            args.add(option);
        }
    }

    private static void add(List<String> args, String... more) {
        args.addAll(Arrays.asList(more));
    }

    private static String key(Random random) {
        return "key:" + random.nextInt(12);
    }

    private static String value(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Integer.toString(random.nextInt(100_000) - 50_000);
            case 1 -> "x".repeat(random.nextInt(60));
            case 2 -> "\0 \"\r\n\u00ff";
            default -> random.nextInt(100) + ".5";
        };
    }
}
