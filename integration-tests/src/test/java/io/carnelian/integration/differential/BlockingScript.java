package io.carnelian.integration.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Random commands for {@link BlockingIT}, over a few keys, so that they meet. */
final class BlockingScript {
    /** A time that is over soon. */
    static final String SHORT = "0.005";

    private final SplittableRandom random;

    BlockingScript(SplittableRandom random) {
        this.random = random;
    }

    /** A command that may wait; its time is over soon or never. */
    List<String> blocking() {
        boolean brief = random.nextInt(12) == 0;
        String timeout = brief ? SHORT : "0";
        List<String> command = new ArrayList<>();
        switch (random.nextInt(brief ? 5 : 8)) {
            case 0, 1 -> {
                command.add(oneOf("BLPOP", "BRPOP"));
                addKeys(command);
                command.add(timeout);
            }
            case 2 ->
                    command.addAll(
                            List.of("BLMOVE", key(), key(), direction(), direction(), timeout));
            case 3 -> command.addAll(List.of("BRPOPLPUSH", key(), key(), timeout));
            case 4 -> {
                command.add(oneOf("BZPOPMIN", "BZPOPMAX"));
                addKeys(command);
                command.add(timeout);
            }
            default -> addPopMany(command, timeout);
        }
        return command;
    }

    private void addPopMany(List<String> command, String timeout) {
        List<String> keys = new ArrayList<>();
        addKeys(keys);
        boolean scored = random.nextBoolean();
        String name = scored ? "BZMPOP" : "BLMPOP";
        command.addAll(List.of(name, timeout, Integer.toString(keys.size())));
        command.addAll(keys);
        command.add(scored ? oneOf("MIN", "MAX") : direction());
        if (random.nextBoolean()) {
            command.addAll(List.of("COUNT", Integer.toString(random.nextInt(1, 4))));
        }
    }

    /** Something else, perhaps as a transaction, that never waits. */
    List<List<String>> other(int waiting) {
        if (random.nextInt(5) != 0) {
            return List.of(single(waiting));
        }
        List<List<String>> all = new ArrayList<>();
        all.add(List.of("MULTI"));
        for (int i = random.nextInt(1, 6); i > 0; i--) {
            all.add(random.nextInt(6) == 0 ? blocking() : single(waiting));
        }
        all.add(List.of("EXEC"));
        return all;
    }

    private List<String> single(int waiting) {
        List<String> command = new ArrayList<>();
        switch (random.nextInt(27)) {
            case 0, 1, 2, 3, 4, 5, 6, 7 -> {
                command.addAll(List.of(oneOf("LPUSH", "RPUSH"), key()));
                for (int i = random.nextInt(1, 4); i > 0; i--) {
                    command.add("e" + random.nextInt(20));
                }
            }
            case 8 -> command.addAll(List.of(oneOf("LPOP", "RPOP"), key()));
            case 9 -> command.addAll(List.of("LMOVE", key(), key(), direction(), direction()));
            case 10 -> command.addAll(List.of("SET", key(), "text"));
            case 11 -> command.addAll(List.of("SADD", key(), "member"));
            case 12 -> command.addAll(List.of("RENAME", key(), key()));
            case 13 -> command.addAll(List.of("COPY", key(), key(), "REPLACE"));
            case 14 -> command.addAll(List.of("COPY", key(), key(), "DB", db(), "REPLACE"));
            case 15 -> command.addAll(List.of("MOVE", key(), db()));
            // Several keys that come at once serve in no particular order, also one waiter.
            case 16 -> command.addAll(waiting > 0 ? List.of("PING") : List.of("SWAPDB", "0", "1"));
            case 17 -> command.addAll(List.of("SELECT", db()));
            case 18 -> command.addAll(List.of("PEXPIRE", key(), "-1"));
            case 19 -> command.addAll(List.of(oneOf("FLUSHDB", "FLUSHALL", "PING", "PING")));
            case 21, 22 -> {
                command.addAll(List.of("ZADD", key()));
                for (int i = random.nextInt(1, 4); i > 0; i--) {
                    command.addAll(List.of(Integer.toString(random.nextInt(9)), "e" + i));
                }
            }
            case 23 -> command.addAll(List.of("ZUNIONSTORE", key(), "2", key(), key()));
            case 20 -> command.addAll(List.of("SORT", key(), "ALPHA", "STORE", key()));
            default -> {
                command.add("DEL");
                addKeys(command);
            }
        }
        return command;
    }

    private void addKeys(List<String> command) {
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            command.add(key());
        }
    }

    private String key() {
        return "k" + random.nextInt(6);
    }

    private String db() {
        return Integer.toString(random.nextInt(2));
    }

    private String direction() {
        return oneOf("LEFT", "RIGHT", "left");
    }

    private String oneOf(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
