package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.quicklist.Quicklist;
import io.carnelian.server.store.Snapshot;
import io.carnelian.server.table.Record;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Random list commands beside a Java list, in checked memory, with up to three snapshots alive,
 * each of which must show the lists as they were at its cut to the end. Small limits make chunks,
 * pages and their splits frequent. -Dseed= replays one run.
 */
class ListModelTest {
    private static final int RUNS = 24;
    private static final int STEPS = 1_500;
    private static final int[] FILLS = {1, 2, 3, 5, 40, -1, -2, -5};

    private record Cut(Snapshot snapshot, Map<String, List<String>> model) {}

    private final Map<String, List<String>> model = new TreeMap<>();
    private final List<Cut> cuts = new ArrayList<>();
    private Random random = new Random(0);

    @Test
    void behavesAsAListAndSnapshotsStay() {
        long seed = Seed.of(ListModelTest.class);
        for (int run = 0; run < RUNS; run++) {
            try (CommandsFixture server = new CommandsFixture()) {
                run(server, seed + run);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("-Dseed=" + (seed + run), e);
            }
        }
    }

    private void run(CommandsFixture server, long seed) {
        random = new Random(seed);
        model.clear();
        server.listMaxListpackSize = FILLS[(int) Long.remainderUnsigned(seed, FILLS.length)];
        for (int step = 0; step < STEPS; step++) {
            if (random.nextInt(300) == 0) {
                server.listMaxListpackSize = FILLS[random.nextInt(FILLS.length)];
            }
            step(server);
            if (random.nextInt(10) == 0) {
                var _ = server.keyspace().releaseSome(1 + random.nextInt(20));
            }
            if (random.nextInt(60) == 0) {
                check(server);
                snapshot(server);
            }
        }
        check(server);
        while (!cuts.isEmpty()) {
            end(server, cuts.removeFirst());
        }
    }

    private void step(CommandsFixture server) {
        String key = key();
        List<String> list = model.getOrDefault(key, List.of());
        int size = list.size();
        switch (random.nextInt(18)) {
            case 0, 1, 2, 3 -> push(server, key);
            case 4, 5 -> pop(server, key, list);
            case 6, 7 -> {
                if (size > 0) {
                    int at = random.nextInt(size);
                    String value = value();
                    server.run("LSET", key, "" + (random.nextBoolean() ? at : at - size), value)
                            .returns("+OK");
                    list.set(at, value);
                }
            }
            case 8, 9, 10 -> insert(server, key, list);
            case 11 -> remove(server, key, list);
            case 12 -> trim(server, key, list);
            case 13, 14 -> move(server, key, list);
            case 15 -> {
                int at = random.nextInt(size + 2);
                server.run("LINDEX", key, "" + at).returns(at < size ? list.get(at) : "nil");
                String value = size > 0 ? list.get(random.nextInt(size)) : "none";
                int first = list.indexOf(value);
                server.run("LPOS", key, value).returns(first < 0 ? "nil" : ":" + first);
                int last = list.lastIndexOf(value);
                server.run("LPOS", key, value, "RANK", "-1").returns(last < 0 ? "nil" : ":" + last);
            }
            case 16 -> keys(server, key, list);
            default -> {
                int from = random.nextInt(size + 1);
                int to = Math.min(size, from + random.nextInt(30));
                server.run("LRANGE", key, "" + from, "" + (to - 1 == -1 ? -size - 1 : to - 1))
                        .returns(list.subList(from, to).toString());
            }
        }
        if (model.containsKey(key) && model.get(key).isEmpty()) {
            model.remove(key);
        }
    }

    private void push(CommandsFixture server, String key) {
        boolean head = random.nextBoolean();
        List<String> args = new ArrayList<>(List.of(head ? "LPUSH" : "RPUSH", key));
        List<String> list = model.computeIfAbsent(key, k -> new ArrayList<>());
        for (int i = 1 + random.nextInt(random.nextInt(4) == 0 ? 150 : 4); i > 0; i--) {
            args.add(value());
            list.add(head ? 0 : list.size(), args.getLast());
        }
        server.run(args.toArray(new String[0])).returnsInteger(list.size());
    }

    private void pop(CommandsFixture server, String key, List<String> list) {
        boolean head = random.nextBoolean();
        int some = Math.min(list.size(), random.nextInt(random.nextInt(8) == 0 ? 200 : 4));
        if (some == 0) {
            return;
        }
        List<String> part =
                head ? list.subList(0, some) : list.subList(list.size() - some, list.size());
        List<String> expected = new ArrayList<>(part);
        if (!head) {
            Collections.reverse(expected);
        }
        server.run(head ? "LPOP" : "RPOP", key, "" + some).returns(expected.toString());
        part.clear();
    }

    private void insert(CommandsFixture server, String key, List<String> list) {
        if (list.isEmpty()) {
            return;
        }
        String pivot = list.get(random.nextInt(list.size()));
        boolean behind = random.nextBoolean();
        String value = value();
        list.add(list.indexOf(pivot) + (behind ? 1 : 0), value);
        server.run("LINSERT", key, behind ? "AFTER" : "BEFORE", pivot, value)
                .returnsInteger(list.size());
    }

    private void remove(CommandsFixture server, String key, List<String> list) {
        if (list.isEmpty()) {
            return;
        }
        String value = list.get(random.nextInt(list.size()));
        int count = random.nextInt(7) - 3;
        int removed = 0;
        for (int i = 0, n = list.size(); i < n && (count == 0 || removed < Math.abs(count)); i++) {
            int at = count < 0 ? n - 1 - i : i - removed;
            if (list.get(at).equals(value)) {
                list.remove(at);
                removed++;
            }
        }
        server.run("LREM", key, "" + count, value).returnsInteger(removed);
    }

    private void trim(CommandsFixture server, String key, List<String> list) {
        int size = list.size();
        if (size < 500 && random.nextInt(4) > 0) {
            return;
        }
        int from = random.nextInt(size / 3 + 1);
        int to = size - random.nextInt(size / 3 + 1);
        server.run("LTRIM", key, "" + from, "" + (to - 1)).returns("+OK");
        if (size > 0) {
            List<String> kept = from < to ? new ArrayList<>(list.subList(from, to)) : List.of();
            list.clear();
            list.addAll(kept);
        }
    }

    private void move(CommandsFixture server, String key, List<String> list) {
        String to = key();
        boolean head = random.nextBoolean();
        boolean toHead = random.nextBoolean();
        String reply =
                server.run("LMOVE", key, to, head ? "LEFT" : "RIGHT", toHead ? "LEFT" : "RIGHT")
                        .reply();
        if (list.isEmpty()) {
            assertThat(reply).isEqualTo("nil");
            return;
        }
        String value = list.remove(head ? 0 : list.size() - 1);
        assertThat(reply).isEqualTo(value);
        List<String> target = model.computeIfAbsent(to, k -> new ArrayList<>());
        target.add(toHead ? 0 : target.size(), value);
    }

    private void keys(CommandsFixture server, String key, List<String> list) {
        String to = key();
        switch (random.nextInt(8)) {
            case 0 -> {
                server.run("DEL", key);
                model.remove(key);
            }
            case 1, 2 -> {
                if (!list.isEmpty() && !to.equals(key)) {
                    server.run("RENAME", key, to).returns("+OK");
                    model.remove(key);
                    model.put(to, list);
                }
            }
            case 3, 4, 5 -> {
                if (!list.isEmpty() && !to.equals(key)) {
                    server.run("COPY", key, to, "REPLACE").returnsInteger(1);
                    model.put(to, new ArrayList<>(list));
                }
            }
            case 6 -> {
                server.run("PEXPIRE", key, "1000000");
                server.run("PERSIST", key);
            }
            default -> {
                if (random.nextInt(4) == 0) {
                    server.run("FLUSHDB", "ASYNC");
                    model.clear();
                }
            }
        }
    }

    private void check(CommandsFixture server) {
        server.run("DBSIZE").returnsInteger(model.size());
        model.forEach((key, list) -> {
            server.run("LLEN", key).returnsInteger(list.size());
            server.run("LRANGE", key, "0", "-1").returns(list.toString());
        });
    }

    private void snapshot(CommandsFixture server) {
        if (cuts.size() == 3 || random.nextInt(3) == 0) {
            if (!cuts.isEmpty()) {
                end(server, cuts.remove(random.nextInt(cuts.size())));
            }
            return;
        }
        Map<String, List<String>> copy = new TreeMap<>();
        model.forEach((key, list) -> copy.put(key, new ArrayList<>(list)));
        cuts.add(new Cut(server.keyspace().cut(), copy));
    }

    private static void end(CommandsFixture server, Cut cut) {
        Map<String, List<String>> seen = new TreeMap<>();
        cut.snapshot.walk(0, record -> seen.put(keyOf(record), elements(record)));
        assertThat(seen).isEqualTo(cut.model);
        server.keyspace().end(cut.snapshot);
    }

    private static List<String> elements(long record) {
        List<String> elements = new ArrayList<>();
        long value = Record.valueAddress(record);
        if (Record.encoding(record) == Record.LISTPACK) {
            add(elements, value);
        } else {
            Quicklist.<RuntimeException>forEachPack(value, pack -> add(elements, pack));
            assertThat(elements).hasSize((int) Quicklist.count(value));
        }
        return elements;
    }

    private static void add(List<String> elements, long pack) {
        assertThat(Listpack.isValid(pack, Listpack.bytes(pack))).isTrue();
        for (long e = Listpack.first(pack); e != Listpack.end(pack); e = Listpack.next(e)) {
            elements.add(
                    Listpack.isInteger(e)
                            ? Long.toString(Listpack.integer(e))
                            : text(Listpack.stringAddress(e), Listpack.stringLength(e)));
        }
    }

    private static String keyOf(long record) {
        return text(Record.keyAddress(record), Record.keyLength(record));
    }

    private static String text(long address, int length) {
        byte[] bytes = new byte[length];
        Memory.copyOut(address, bytes, 0, length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private String key() {
        return "k" + random.nextInt(4);
    }

    private String value() {
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> Integer.toString(random.nextInt(40));
            case 3 -> Long.toString(random.nextLong() >> random.nextInt(64));
            case 4 -> "y".repeat(random.nextInt(100));
            case 5 -> "z".repeat(random.nextInt(40) == 0 ? 9_000 : 9);
            default -> "v" + random.nextInt(30);
        };
    }
}
