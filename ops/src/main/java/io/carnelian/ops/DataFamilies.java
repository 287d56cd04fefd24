package io.carnelian.ops;

import io.carnelian.rdb.load.ValueLimits;
import io.carnelian.server.bitmap.BitmapCommands;
import io.carnelian.server.block.BlockedKeys;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.commands.CounterCommands;
import io.carnelian.server.commands.DatabaseCommands;
import io.carnelian.server.commands.ExpireCommands;
import io.carnelian.server.commands.KeyCommands;
import io.carnelian.server.commands.StringCommands;
import io.carnelian.server.commands.StringRangeCommands;
import io.carnelian.server.debug.DebugDigest;
import io.carnelian.server.geo.GeoCommands;
import io.carnelian.server.hash.HashCommands;
import io.carnelian.server.hash.HashLimits;
import io.carnelian.server.hyperloglog.HyperLogLogCommands;
import io.carnelian.server.list.ListCommands;
import io.carnelian.server.set.SetCommands;
import io.carnelian.server.set.SetLimits;
import io.carnelian.server.settings.KeyspaceSettings;
import io.carnelian.server.settings.ServerSettings;
import io.carnelian.server.sort.SortCommands;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;
import io.carnelian.server.zset.SortedSetCommands;
import io.carnelian.server.zset.SortedSetLimits;
import java.util.function.LongConsumer;

/**
 * The command families that work on data, and the parameters that say up to where each type is
 * packed.
 */
final class DataFamilies {
    private final Keyspace keyspace;
    private final ServerSettings settings;
    private final KeyspaceSettings data;
    private final BlockedKeys blockedKeys;

    DataFamilies(Keyspace keyspace, ServerSettings settings, BlockedKeys blockedKeys) {
        this.keyspace = keyspace;
        this.settings = settings;
        this.data = settings.keyspace;
        this.blockedKeys = blockedKeys;
    }

    /**
     * Adds them all.
     *
     * @param digest learns how values of each type are digested
     * @param flushedAll told after FLUSHALL how many changes were not saved
     */
    void addTo(CommandTable commands, DebugDigest digest, LongConsumer flushedAll) {
        new StringCommands().addTo(commands);
        new StringRangeCommands(() -> settings.net.protoMaxBulkLen.value).addTo(commands);
        new CounterCommands().addTo(commands);
        new KeyCommands().addTo(commands);
        new ExpireCommands().addTo(commands);
        ListCommands lists =
                new ListCommands(keyspace, data.listMaxListpackSize::intValue, blockedKeys);
        lists.addTo(commands);
        digest.type(Record.LIST, lists::digest);
        SetCommands sets = new SetCommands(keyspace, setLimits());
        sets.addTo(commands);
        digest.type(Record.SET, sets::digest);
        HashCommands hashes = new HashCommands(keyspace, hashLimits());
        hashes.addTo(commands);
        digest.type(Record.HASH, hashes::digest);
        new SortCommands(keyspace, data.listMaxListpackSize::intValue).addTo(commands);
        SortedSetCommands sortedSets =
                new SortedSetCommands(
                        keyspace,
                        sortedSetLimits(),
                        () -> data.setMaxIntsetEntries.value,
                        blockedKeys);
        sortedSets.addTo(commands);
        digest.type(Record.ZSET, sortedSets::digest);
        new GeoCommands(keyspace, sortedSetLimits()).addTo(commands);
        var databases = new DatabaseCommands(() -> data.lazyUserFlush.on);
        databases.onFlushAll(flushedAll);
        databases.addTo(commands);
        new BitmapCommands(() -> settings.net.protoMaxBulkLen.value).addTo(commands);
        new HyperLogLogCommands(() -> data.hllSparseMaxBytes.value).addTo(commands);
    }

    private HashLimits hashLimits() {
        return new HashLimits(
                () -> data.hashMaxListpackEntries.value, () -> data.hashMaxListpackValue.value);
    }

    private SetLimits setLimits() {
        return new SetLimits(
                () -> data.setMaxIntsetEntries.value, data::packedSetEntries, data::packedSetBytes);
    }

    private SortedSetLimits sortedSetLimits() {
        return new SortedSetLimits(
                () -> data.zsetMaxListpackEntries.value, () -> data.zsetMaxListpackValue.value);
    }

    /** Up to where values that come from files are packed. */
    ValueLimits valueLimits() {
        return new ValueLimits(
                hashLimits(), setLimits(), data.listMaxListpackSize::intValue, sortedSetLimits());
    }
}
