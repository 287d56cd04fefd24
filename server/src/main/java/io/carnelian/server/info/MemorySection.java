package io.carnelian.server.info;

import io.carnelian.server.Version;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.settings.ServerSettings;
import io.carnelian.server.store.Keyspace;

/**
 * INFO Memory. {@code used_memory} is what the slabs have handed out, exactly: keys, values,
 * tables, and what waits in limbo for a snapshot. The Java heap and clients' buffers come beside
 * it, not in it.
 */
public final class MemorySection {
    private final Keyspace keyspace;
    private final Clients clients;
    private final ServerSettings settings;
    private final GcPauses pauses;
    private final long startBytes;
    private long peakBytes;
    private long machineBytes = -1;

    /** Made before the first key: what is used now is the server's own. */
    public MemorySection(
            Keyspace keyspace, Clients clients, ServerSettings settings, GcPauses pauses) {
        this.keyspace = keyspace;
        this.clients = clients;
        this.settings = settings;
        this.pauses = pauses;
        this.startBytes = keyspace.slabs().usedBytes();
        this.peakBytes = startBytes;
    }

    public void addTo(Info info) {
        info.write("Memory", this::write);
        info.onReset(pauses::reset);
    }

    /** Notes the peak; cron calls it. */
    public void sample() {
        peakBytes = Math.max(peakBytes, keyspace.slabs().usedBytes());
    }

    private void write(Fields to) {
        sample();
        long used = keyspace.slabs().usedBytes();
        long committed = keyspace.slabs().committedBytes();
        long resident = ProcFiles.residentBytes();
        long normalClients = 0;
        long replicas = 0;
        for (Client client : clients.all()) {
            long held = client.output().heldBytes() + client.link().unparsedBytes();
            if (client.replica) {
                replicas += held;
            } else {
                normalClients += held;
            }
        }
        long overhead = keyspace.overheadBytes();
        long limbo = keyspace.epochs().limboBytes();
        long dataset = Math.max(0, used - overhead - limbo);
        if (machineBytes < 0) {
            machineBytes = ProcFiles.machineBytes();
        }
        to.putBytes("used_memory", used);
        to.putBytes("used_memory_rss", resident);
        to.putBytes("used_memory_peak", peakBytes);
        to.putPercent("used_memory_peak_perc", used, peakBytes);
        to.put("used_memory_overhead", overhead + normalClients + replicas);
        to.put("used_memory_startup", startBytes);
        to.put("used_memory_dataset", dataset);
        to.putPercent("used_memory_dataset_perc", dataset, Math.max(1, used - startBytes));
        to.put("allocator_allocated", used).put("allocator_active", committed);
        to.put("allocator_resident", committed);
        to.putBytes("total_system_memory", machineBytes);
        scripts(to);
        to.putBytes("maxmemory", settings.keyspace.maxmemory.value);
        to.put("maxmemory_policy", settings.keyspace.maxmemoryPolicy.text());
        to.putRatio("allocator_frag_ratio", ratio(committed, used));
        to.put("allocator_frag_bytes", committed - used);
        to.put("allocator_rss_ratio", "1.00").put("allocator_rss_bytes", 0);
        to.putRatio("rss_overhead_ratio", ratio(resident, committed));
        to.put("rss_overhead_bytes", resident - committed);
        to.putRatio("mem_fragmentation_ratio", ratio(resident, used));
        to.put("mem_fragmentation_bytes", resident - used);
        to.putAll("0", "mem_not_counted_for_evict", "mem_replication_backlog");
        to.put("mem_total_replication_buffers", replicas);
        to.put("mem_clients_slaves", replicas).put("mem_clients_normal", normalClients);
        to.putAll("0", "mem_cluster_links", "mem_aof_buffer");
        to.put("mem_allocator", "carnelian-slabs-" + Version.CARNELIAN);
        to.putAll("0", "active_defrag_running", "lazyfree_pending_objects", "lazyfreed_objects");
        heap(to, limbo);
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
