package io.carnelian.server.reclaim;

import io.carnelian.server.Cron;
import io.carnelian.server.Server;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.eviction.AccessClock;
import io.carnelian.server.settings.KeyspaceSettings;
import io.carnelian.server.store.Keyspace;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that gets memory back, made and put behind the server's doors; its settings are
 * followed here.
 */
public final class Reclaim {
    private static final Logger LOG = LoggerFactory.getLogger(Reclaim.class);
    private static final long SAMPLE_MS = 100;

    private final Keyspace keyspace;
    private final KeyspaceSettings settings;
    private final Gates gates;
    private final UsedMemory memory;
    private final Evictor evictor;
    private final ExpireCycle expireCycle;
    private final OwnExpiries ownExpiries;
    private final Defragmenter defragmenter;

    /**
     * @param settings have been read
     * @param nanoTime a clock for slices
     * @param nextTurn runs a task when the requests that are there now have been answered
     * @param expires asked before each cycle of expiry
     */
    public Reclaim(
            Server server,
            KeyspaceSettings settings,
            LongSupplier nanoTime,
            Consumer<Runnable> nextTurn,
            BooleanSupplier expires) {
        this.keyspace = server.keyspace();
        this.settings = settings;
        this.gates = server.gates();
        this.memory = new UsedMemory(keyspace, server.clients());
        this.evictor =
                new Evictor(
                        keyspace,
                        server.executor(),
                        server.effects(),
                        server.notifications(),
                        memory,
                        nanoTime,
                        () -> nextTurn.accept(this::continueEviction));
        Cron cron = server.cron();
        this.expireCycle =
                new ExpireCycle(
                        keyspace, server.executor(), nanoTime, cron::tickMs, nextTurn, expires);
        this.ownExpiries = new OwnExpiries(keyspace, server.executor());
        this.defragmenter = new Defragmenter(keyspace, nanoTime, nextTurn);
        gates.install(Gate.MAXMEMORY, new MemoryGate(evictor));
        cron.every("expiry", 0, expireCycle::slow);
        cron.every("own expiries", 0, ownExpiries::tick);
        cron.every("defragmentation", 0, () -> defragmenter.tick(cron.tickMs()));
        cron.every("memory", SAMPLE_MS, memory::tick);
        follow(server);
        applyDefragmentation();
        settings.activedefrag.onApply(this::applyDefragmentation);
        settings.activeDefragIgnoreBytes.onApply(this::applyDefragmentation);
        settings.activeDefragThresholdLower.onApply(this::applyDefragmentation);
        settings.activeDefragThresholdUpper.onApply(this::applyDefragmentation);
        settings.activeDefragCycleMin.onApply(this::applyDefragmentation);
        settings.activeDefragCycleMax.onApply(this::applyDefragmentation);
    }

    private void continueEviction() {
        evictor.continueEviction();
    }

    /** Settings apply now, and whenever they change. */
    private void follow(Server server) {
        KeyspaceSettings s = settings;
        applyLimit();
        s.maxmemory.onApply(this::changeLimit);
        applyPolicy();
        s.maxmemoryPolicy.onApply(this::applyPolicy);
        evictor.samples(s.maxmemorySamples.intValue());
        s.maxmemorySamples.onApply(() -> evictor.samples(s.maxmemorySamples.intValue()));
        evictor.tenacity(s.maxmemoryEvictionTenacity.intValue());
        s.maxmemoryEvictionTenacity.onApply(
                () -> evictor.tenacity(s.maxmemoryEvictionTenacity.intValue()));
        applyLfu();
        s.lfuLogFactor.onApply(this::applyLfu);
        s.lfuDecayTimeMinutes.onApply(this::applyLfu);
        expireCycle.effort(s.activeExpireEffort.intValue());
        s.activeExpireEffort.onApply(() -> expireCycle.effort(s.activeExpireEffort.intValue()));
        server.effects().setLazyExpire(s.lazyExpire.on);
        s.lazyExpire.onApply(() -> server.effects().setLazyExpire(s.lazyExpire.on));
        server.effects().setLazyUserDel(s.lazyUserDel.on);
        s.lazyUserDel.onApply(() -> server.effects().setLazyUserDel(s.lazyUserDel.on));
        server.effects().setLazyEviction(s.lazyEviction.on);
        s.lazyEviction.onApply(() -> server.effects().setLazyEviction(s.lazyEviction.on));
    }

    private void applyLimit() {
        evictor.limit(settings.maxmemory.value);
        gates.arm(Gate.MAXMEMORY, settings.maxmemory.value != 0);
    }

    private void changeLimit() {
        applyLimit();
        memory.sample();
        long limit = settings.maxmemory.value;
        if (limit != 0 && memory.countedBytes() > limit) {
            LOG.warn(
                    "WARNING: the new maxmemory value set via CONFIG SET ({}) is smaller than the"
                            + " current memory usage ({}). This will result in key eviction and/or"
                            + " the inability to accept new write commands depending on the"
                            + " maxmemory-policy.",
                    limit,
                    memory.usedBytes());
            evictor.schedule();
        }
    }

    private void applyPolicy() {
        EvictionPolicy policy = EvictionPolicy.named(settings.maxmemoryPolicy.text());
        keyspace.accessClock().useLfu(policy.countsUses());
        evictor.policy(policy);
    }

    private void applyLfu() {
        AccessClock clock = keyspace.accessClock();
        clock.lfuParameters(
                settings.lfuLogFactor.intValue(), settings.lfuDecayTimeMinutes.intValue());
    }

    private void applyDefragmentation() {
        KeyspaceSettings s = settings;
        defragmenter.thresholds(
                s.activeDefragIgnoreBytes.value,
                s.activeDefragThresholdLower.intValue(),
                s.activeDefragThresholdUpper.intValue());
        defragmenter.cycle(s.activeDefragCycleMin.intValue(), s.activeDefragCycleMax.intValue());
        defragmenter.enable(s.activedefrag.on);
    }

    public UsedMemory memory() {
        return memory;
    }

    public Evictor evictor() {
        return evictor;
    }

    public Defragmenter defragmenter() {
        return defragmenter;
    }

    public ExpireCycle expireCycle() {
        return expireCycle;
    }

    public OwnExpiries ownExpiries() {
        return ownExpiries;
    }

    /** CONFIG RESETSTAT. */
    public void resetStats() {
        evictor.stats().reset();
        expireCycle.resetStats();
        defragmenter.resetStats();
        memory.resetPeak();
    }
}
