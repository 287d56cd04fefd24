package io.carnelian.rdb.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.rdb.format.RdbFormatException;
import io.carnelian.rdb.save.RdbFacts;
import io.carnelian.rdb.save.SnapshotEncoder;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Keyspace;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoaderTest {
    private final Pages pages = new Pages();
    private final DataRig rig = new DataRig(pages);

    @AfterEach
    void nothingIsLeft() {
        rig.close();
    }

    /** A file by hand: header of a version, parts, end without checksum. */
    private static byte[] file(String version, Object... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(DataRig.bytes("REDIS" + version));
        for (Object part : parts) {
            switch (part) {
                case Integer b -> out.write(b);
                case byte[] bytes -> out.writeBytes(bytes);
                default -> {
                    byte[] text = DataRig.bytes(part.toString());
                    out.write(text.length);
                    out.writeBytes(text);
                }
            }
        }
        out.write(0xFF);
        out.writeBytes(new byte[8]);
        return out.toByteArray();
    }

    private static byte[] raw(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    /** A packed value as a string of a file. */
    private static byte[] packed(int... values) {
        byte[] content = raw(values);
        byte[] string = new byte[content.length + 1];
        string[0] = (byte) content.length;
        System.arraycopy(content, 0, string, 1, content.length);
        return string;
    }

    private String loaded(byte[] file) throws IOException {
        rig.load(file);
        return rig.text().toString();
    }

    private void refuses(byte[] file, String... why) {
        assertThatThrownBy(() -> rig.load(file))
                .isInstanceOf(RdbFormatException.class)
                .hasMessageContainingAll(why);
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 10, 11})
    void everyValueComesBackInItsEncoding(int version) throws IOException {
        for (int seed = 0; seed < 10; seed++) {
            try (DataRig from = new DataRig(pages);
                    DataRig to = new DataRig(pages)) {
                from.fill(new Random(seed), 400);
                LoadResult result = to.load(from.file(version, seed % 2 == 0));
                Map<String, String> expected = from.text();
                assertThat(to.text()).as("seed %d", seed).isEqualTo(expected);
                assertThat(result.keys()).isEqualTo(expected.size());
                assertThat(result.facts()).containsEntry("redis-ver", "7.2.4");
            }
        }
    }

    @Test
    void aPublishedKeyspaceHasTheLoadedDataAndNothingElse() throws IOException {
        rig.fill(new Random(1), 300);
        byte[] file = rig.file(10, true);
        Map<String, String> expected = rig.text();
        rig.fill(new Random(2), 300);
        Keyspace loading = new Keyspace(new Slabs(pages), DataRig.DATABASES);
        new Loader(
                        loading,
                        DataRig.LIMITS,
                        LoadOptions.of(DataRig.NOW_MS, true),
                        new LoadProgress(0, 0))
                .load(new ByteArrayInputStream(file));
        rig.keyspace.adopt(loading);
        assertThat(rig.text()).isEqualTo(expected);
        rig.fill(new Random(3), 300);
        rig.keyspace.flushAll();
        while (rig.keyspace.releaseSome(1000) > 0) {}
        assertThat(rig.text()).isEmpty();
    }

    @Test
    void aSnapshotTakenBeforeSeesTheOldDataAfterTheNewIsPublished() throws IOException {
        rig.fill(new Random(1), 300);
        byte[] before = rig.file(10, false);
        var snapshot = rig.keyspace.cut();
        Keyspace loading = new Keyspace(new Slabs(pages), DataRig.DATABASES);
        byte[] other;
        try (DataRig source = new DataRig(pages)) {
            source.fill(new Random(5), 300);
            other = source.file(10, false);
        }
        new Loader(
                        loading,
                        DataRig.LIMITS,
                        LoadOptions.of(DataRig.NOW_MS, true),
                        new LoadProgress(0, 0))
                .load(new ByteArrayInputStream(other));
        rig.keyspace.adopt(loading);
        rig.fill(new Random(6), 500);
        var out = new ByteArrayOutputStream();
        new SnapshotEncoder(snapshot, RdbFacts.of(DataRig.NOW_MS, 1), true, true)
                .encode(
                        (chunk, length) -> {
                            out.write(chunk, 0, length);
                            return chunk;
                        },
                        new byte[1000]);
        assertThat(out.toByteArray()).isEqualTo(before);
        rig.keyspace.end(snapshot);
    }

    @Test
    void expiredKeysAreLeftOutOnAPrimaryOnly() throws IOException {
        byte[] over = raw(0xFC, 1, 0, 0, 0, 0, 0, 0, 0, 0);
        byte[] file = file("0010", over, "gone", "v", 0, "stays", "w");
        LoadResult result = rig.load(file);
        assertThat(result.expired()).isEqualTo(1);
        assertThat(result.keys()).isEqualTo(1);
        assertThat(result.expiredKeys().keys()).hasSize(1);
        assertThat(result.expiredKeys().keys().getFirst().name()).asString().isEqualTo("gone");
        assertThat(result.expiredKeys().isWhole()).isTrue();
        assertThat(rig.text()).containsOnlyKeys("0 stays");
        rig.keyspace.flushAll();
        rig.load(file, LoadOptions.of(DataRig.NOW_MS, false));
        assertThat(rig.text()).containsEntry("0 gone", "0/1 v @1").hasSize(2);
    }

    @Test
    void secondsAreAnExpiryTooInOldFiles() throws IOException {
        byte[] later = raw(0xFD, 0xFF, 0xFF, 0xFF, 0x7F, 0);
        assertThat(loaded(file("0003", later, "k", "v"))).isEqualTo("{0 k=0/1 v @2147483647000}");
    }

    @Test
    void aZipmapBecomesAHash() throws IOException {
        byte[] map = packed(2, 1, 'a', 1, 2, '1', 0, 0, 1, 'b', 2, 0, 'x', 'y', 0xFF);
        assertThat(loaded(file("0002", 9, "h", map))).isEqualTo("{0 h=4/4 [a => 1, b => xy] @-1}");
    }

    @Test
    void sortedSetsOfOldFilesAreRead() throws IOException {
        byte[] file = file("0003", 3, "z", 3, "a", "1.5", "b", 254, "c", 255);
        assertThat(loaded(file)).isEqualTo("{0 z=3/4 [a @ 1.5, b @ Infinity, c @ -Infinity] @-1}");
        refuses(file("0003", 3, "y", 1, "a", 253), "key 'y': Zset with NAN score detected");
        refuses(file("0003", 3, "y", 2, "a", "1", "a", "2"), "Duplicate zset fields");
    }

    /** -1 in eight bits, 12 at once, 1000 in sixteen, the text "ab". */
    private static final int[] ZIPLIST = {
        23, 0, 0, 0, 18, 0, 0, 0, 4, 0, 0, 0xFE, 0xFF, 3, 0xFD, 2, 0xC0, 0xE8, 3, 4, 2, 'a', 0xFF
    };

    @Test
    void ziplistsBecomeListsAndHashes() throws IOException {
        int[] ziplist = ZIPLIST.clone();
        ziplist[0] = 24;
        ziplist[4] = 19;
        int[] whole = new int[24];
        System.arraycopy(ziplist, 0, whole, 0, 22);
        whole[22] = 'b';
        whole[23] = 0xFF;
        byte[] string = packed(whole);
        byte[] zset =
                packed(
                        22, 0, 0, 0, 18, 0, 0, 0, 4, 0, 0, 1, 'a', 3, 0xFD, 2, 1, 'b', 3, 0xFE, 5,
                        0xFF);
        assertThat(
                        loaded(
                                file(
                                        "0006", 10, "l", string, 13, "h", string, 14, "q", 1,
                                        string, 12, "z", zset)))
                .isEqualTo(
                        "{0 h=4/4 [-1 => 12, 1000 => ab] @-1, 0 l=1/4 [-1, 12, 1000, ab] @-1,"
                                + " 0 q=1/4 [-1, 12, 1000, ab] @-1,"
                                + " 0 z=3/4 [a @ 12.0, b @ 5.0] @-1}");
    }

    /** The text "a" and the integer 5. */
    private static final int[] LISTPACK = {12, 0, 0, 0, 2, 0, 0x81, 'a', 2, 5, 1, 0xFF};

    @Test
    void setsOfRedis72AndListsWithPlainNodesAreRead() throws IOException {
        byte[] pack = packed(LISTPACK);
        byte[] file = file("0011", 20, "s", pack, 18, "l", 2, 1, "plain", 2, pack);
        assertThat(loaded(file)).isEqualTo("{0 l=1/9 [plain, a, 5] @-1, 0 s=2/4 [5, a] @-1}");
        refuses(file("0011", 18, "x", 1, 3, "plain"), "unknown container 3");
        int[] wrong = LISTPACK.clone();
        wrong[8] = 3;
        refuses(file("0011", 16, "h", packed(wrong)), "key 'h': Listpack integrity check failed.");
    }

    @Test
    void aDamagedZiplistIsRefusedWithItsKey() {
        refuses(
                file("0006", 10, "lst", packed(ZIPLIST)),
                "key 'lst': List ziplist integrity check");
    }

    @Test
    void elementsThatAreThereTwiceAreDamage() {
        refuses(file("0010", 2, "s", 2, "a", "a"), "Duplicate set members");
        refuses(
                file("0010", 4, "h", 2, "a", "1", "a", "2"),
                "Hash integrity check failed: a Hash with dup elements");
    }

    @Test
    void aKeyThatIsThereTwiceIsDamageUnlessMerged() throws IOException {
        byte[] file = file("0010", 0, "k", "1", 0, "k", "2");
        refuses(file, "key 'k': RDB has duplicated key in DB 0");
        rig.load(file, LoadOptions.of(DataRig.NOW_MS, true).merging(true));
        assertThat(rig.text()).containsEntry("0 k", "0/2 2 @-1");
    }

    @Test
    void aTwinIsFoundFarFromTheFirst() {
        List<Object> parts = new ArrayList<>(List.of(0, "k", "1"));
        for (int i = 0; i < 100; i++) {
            parts.addAll(List.of(0, "key" + i, "v"));
        }
        int second = 9 + 5 + 10 * 8 + 90 * 9 + 5;
        parts.addAll(List.of(0, "k", "2", 0, "later", "3"));
        refuses(
                file("0010", parts.toArray()),
                "at byte " + second + ", key 'k': RDB has duplicated key in DB 0");
    }

    /** The memory of the set is given back, as the rig asserts at its end. */
    @Test
    void aTwinIsFoundWhenACollectionOfTheNextDatabaseComes() {
        refuses(
                file("0010", 0, "k", "1", 0, "k", "2", 0xFE, 1, 2, "s", 1, "a"),
                "key 'k': RDB has duplicated key in DB 0");
    }

    /** A sorted set of so many members that it comes in batches; with a damage, if any, inside. */
    private static byte[] sortedSet(int members, int twinAt, int cutAt) {
        List<Object> parts = new ArrayList<>(List.of(0, "k", "1", 5, "z", members));
        for (int i = 0; i < members; i++) {
            parts.add("member" + (i == twinAt ? twinAt / 2 : i));
            parts.add(score(Math.floorDiv(-i, 3)));
        }
        byte[] file = file("0010", parts.toArray());
        return cutAt < 0 ? file : Arrays.copyOf(file, cutAt);
    }

    private static byte[] score(double score) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(score).array();
    }

    @ParameterizedTest
    @ValueSource(ints = {21, 31, 32, 33, 60})
    void sortedSetsComeInBatchesOfAnySize(int members) throws IOException {
        TreeSet<String> expected = new TreeSet<>();
        for (int i = 0; i < members; i++) {
            expected.add("member" + i + " @ " + (double) Math.floorDiv(-i, 3));
        }
        rig.load(sortedSet(members, -1, -1));
        assertThat(rig.text())
                .containsEntry("0 z", "3/10 " + expected + " @-1")
                .containsOnlyKeys("0 k", "0 z");
    }

    /** The memory is given back, as the rig asserts at its end. */
    @Test
    void aSortedSetThatIsDamagedInsideABatchIsRefused() {
        for (int twin : new int[] {1, 10, 31, 32, 33, 50, 59}) {
            String at = twin == 50 ? "at byte " + (9 + 5 + 4 + 10 * 16 + 41 * 17) : "at byte ";
            refuses(sortedSet(60, twin, -1), at, "key 'z': Duplicate zset fields detected");
        }
        for (int cut = 20; cut < 900; cut += 31) {
            refuses(sortedSet(60, -1, cut), "key 'z': unexpected end of file");
        }
        byte[] nan = sortedSet(60, -1, -1);
        byte[] score = score(Double.NaN);
        System.arraycopy(score, 0, nan, 9 + 5 + 4 + 10 * 16 + 25 * 17 + 9, 8);
        refuses(nan, "key 'z': Zset with NAN score detected");
    }

    @Test
    void stringsLongerThanABatchKeepTheirPlaceAmongShortOnes() throws IOException {
        String big = "x".repeat(70_000);
        byte[] long32 = DataRig.bytes("\u0080\0\u0001\u0011p" + big);
        byte[] file =
                file("0010", 0, "a", "1", 0xFE, 1, 0, "b", long32, 0, long32, "c", 0, "d", "4");
        rig.load(file);
        assertThat(rig.text())
                .containsOnlyKeys("0 a", "1 b", "1 " + big, "1 d")
                .hasEntrySatisfying("1 b", text -> assertThat(text).contains(big));
    }

    @Test
    void valuesWithoutElementsAreLeftOut() throws IOException {
        LoadResult result = rig.load(file("0010", 2, "s", 0, 4, "h", 0, 18, "l", 0));
        assertThat(result.empty()).isEqualTo(3);
        assertThat(rig.text()).isEmpty();
    }

    @Test
    void whatCannotBeHeldIsNamed() {
        byte[] module = raw(0x81, 0x69, 0x75, 0xD7, 0x9B, 0x9A, 0x2E, 0x01, 0x40);
        refuses(file("0010", 7, "m", module), "module type 'aXXbmi4BA'".substring(0, 12));
        refuses(file("0010", 21, "st", 0), "key 'st': a value of type stream-v3");
        refuses(file("0010", 0xF5, "#!lua name=x"), "library of functions");
        refuses(file("0013", 0, "k", "v"), "can't handle RDB format version 0013");
        refuses(file("0010", 0xFE, 9, 0, "k", "v"), "database 9");
    }

    @Test
    void valkeysFilesAreRead() throws IOException {
        byte[] file = file("0010", 0, "k", "v");
        System.arraycopy(DataRig.bytes("VALKEY080"), 0, file, 0, 9);
        assertThat(loaded(file)).isEqualTo("{0 k=0/1 v @-1}");
    }

    /** Any bytes that come are loaded or refused, and nothing is left of what was refused. */
    @Test
    void damagedFilesAreRefusedAndLeaveNothing() throws IOException {
        int rounds = Integer.getInteger("rdb.fuzz", 2_000);
        long seed = Long.getLong("seed", Long.getLong("build.seed", System.nanoTime()));
        System.getLogger("LoaderTest").log(System.Logger.Level.INFO, "seed " + seed);
        Random random = new Random(seed);
        byte[][] files = new byte[20][];
        for (int i = 0; i < files.length; i++) {
            try (DataRig from = new DataRig(pages)) {
                from.fill(random, 1 + random.nextInt(30));
                files[i] = from.file(i % 3 + 9, i % 2 == 0);
                // No checksum: damage shall come further than that.
                Arrays.fill(files[i], files[i].length - 8, files[i].length, (byte) 0);
            }
        }
        int refused = 0;
        for (int round = 0; round < rounds; round++) {
            byte[] damaged = Damage.to(files[random.nextInt(files.length)], random);
            boolean deep = random.nextBoolean();
            try (DataRig to = new DataRig(pages)) {
                to.load(damaged, LoadOptions.of(DataRig.NOW_MS, true).deep(deep));
                assertThat(to.text()).isNotNull();
            } catch (RdbFormatException e) {
                refused++;
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + " round " + round, e);
            }
        }
        assertThat(refused).as("seed %d", seed).isGreaterThan(rounds / 4);
    }
}
