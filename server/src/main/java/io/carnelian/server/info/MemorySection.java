package io.carnelian.server.info;

import io.carnelian.server.Version;
import io.carnelian.server.reclaim.Defragmenter;
import io.carnelian.server.reclaim.EvictionStats;
import io.carnelian.server.reclaim.ExpireCycle;
import io.carnelian.server.reclaim.Reclaim;
import io.carnelian.server.reclaim.UsedMemory;
import io.carnelian.server.settings.ServerSettings;
import io.carnelian.server.store.Keyspace;

/**
 * INFO Memory. {@code used_memory} is what the slabs have handed out, exactly: keys, values,
 * tables, and what waits in limbo for a snapshot; plus clients' buffers, the replication backlog
 * and the AOF buffer. The Java heap comes beside it, not in it.
 */
public final class MemorySection {
    private final Keyspace keyspace;
    private final Reclaim reclaim;
    private final ServerSettings settings;
    private final GcPauses pauses;
    private long machineBytes = -1;

    public MemorySection(
            Keyspace keyspace, Reclaim reclaim, ServerSettings settings, GcPauses pauses) {
        this.keyspace = keyspace;
        this.reclaim = reclaim;
        this.settings = settings;
        this.pauses = pauses;
    }

    public void addTo(Info info) {
        info.write("Memory", this::write);
        info.write("Stats", this::stats);
        info.onReset(pauses::reset);
        info.onReset(reclaim::resetStats);
    }

    private void write(Fields to) {
        UsedMemory memory = reclaim.memory();
        memory.sample();
        long used = memory.usedBytes();
        long resident = ProcFiles.residentBytes();
        long overhead = memory.overheadBytes();
        long dataset = Math.max(0, used - overhead);
        if (machineBytes < 0) {
            machineBytes = ProcFiles.machineBytes();
        }
        to.putBytes("used_memory", used);
        to.putBytes("used_memory_rss", resident);
        to.putBytes("used_memory_peak", memory.peakBytes());
        to.putPercent("used_memory_peak_perc", used, memory.peakBytes());
        to.put("used_memory_overhead", overhead);
        to.put("used_memory_startup", memory.startupBytes());
        to.put("used_memory_dataset", dataset);
        to.putPercent(
                "used_memory_dataset_perc", dataset, Math.max(1, used - memory.startupBytes()));
        long allocated = keyspace.slabs().usedBytes();
        long active = keyspace.slabs().activeBytes();
        to.put("allocator_allocated", allocated).put("allocator_active", active);
        to.put("allocator_resident", active);
        to.putBytes("total_system_memory", machineBytes);
        scripts(to);
        to.putBytes("maxmemory", settings.keyspace.maxmemory.value);
        to.put("maxmemory_policy", settings.keyspace.maxmemoryPolicy.text());
        to.putRatio("allocator_frag_ratio", ratio(active, allocated));
        to.put("allocator_frag_bytes", active - allocated);
        to.put("allocator_rss_ratio", "1.00").put("allocator_rss_bytes", 0);
        to.putRatio("rss_overhead_ratio", ratio(resident, active));
        to.put("rss_overhead_bytes", resident - active);
        to.putRatio("mem_fragmentation_ratio", ratio(resident, used));
        to.put("mem_fragmentation_bytes", resident - used);
        to.put("mem_not_counted_for_evict", memory.uncountedBytes());
        to.put("mem_replication_backlog", memory.backlogBytes());
        to.put("mem_total_replication_buffers", memory.streamBytes());
        to.put("mem_clients_slaves", memory.replicaClientBytes());
        to.put("mem_clients_normal", memory.normalClientBytes());
        to.put("mem_cluster_links", 0).put("mem_aof_buffer", memory.aofBufferBytes());
        to.put("mem_allocator", "carnelian-slabs-" + Version.CARNELIAN);
        to.put("active_defrag_running", reclaim.defragmenter().runningPercent());
        to.put("lazyfree_pending_objects", keyspace.lazyPending());
        to.put("lazyfreed_objects", keyspace.lazyFreed());
        heap(to, keyspace.epochs().limboBytes());
    }

    private void stats(Fields to) {
        long now = System.nanoTime();
        EvictionStats eviction = reclaim.evictor().stats();
        ExpireCycle expiry = reclaim.expireCycle();
        to.putRatio("expired_stale_perc", expiry.stalePercent());
        to.put("expired_time_cap_reached_count", expiry.timeCapReached());
        to.put("expire_cycle_cpu_milliseconds", expiry.spentMs());
        Defragmenter defragmenter = reclaim.defragmenter();
        to.put("active_defrag_hits", defragmenter.hits());
        to.put("active_defrag_misses", defragmenter.misses());
        to.put("active_defrag_key_hits", defragmenter.keyHits());
        to.put("active_defrag_key_misses", defragmenter.keyMisses());
        to.put("total_active_defrag_time", defragmenter.spentMs());
        to.put("current_active_defrag_time", defragmenter.currentMs());
        to.put("evicted_keys", eviction.evictedKeys());
        to.put("total_eviction_exceeded_time", eviction.exceededMs(now));
        to.put("current_eviction_exceeded_time", eviction.currentExceededMs(now));
    }

    private static void scripts(Fields to) {
        to.putAll("0", "used_memory_lua", "used_memory_vm_eval").put("used_memory_lua_human", "0B");
        to.putAll(
                "0", "used_memory_scripts_eval", "number_of_cached_scripts", "number_of_functions");
        to.putAll("0", "number_of_libraries", "used_memory_vm_functions", "used_memory_vm_total");
        to.put("used_memory_vm_total_human", "0B");
        to.putAll("0", "used_memory_functions", "used_memory_scripts");
        to.put("used_memory_scripts_human", "0B");
    }

    private void heap(Fields to, long limbo) {
        Runtime runtime = Runtime.getRuntime();
        to.put("mem_snapshot_limbo", limbo);
        to.putBytes("used_memory_heap", runtime.totalMemory() - runtime.freeMemory());
        to.putBytes("heap_max", runtime.maxMemory());
        pauses.write(to);
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
