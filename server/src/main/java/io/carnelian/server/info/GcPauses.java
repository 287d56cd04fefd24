package io.carnelian.server.info;

import com.sun.management.GarbageCollectionNotificationInfo;
import com.sun.management.GarbageCollectorMXBean;
import com.sun.management.GcInfo;
import java.lang.management.ManagementFactory;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/**
 * How often and how long the collector stopped the world. The JVM tells after each collection;
 * before {@link #begin} was called, which costs tens of milliseconds and therefore waits until the
 * server answers, only sums are known.
 */
public final class GcPauses {
    private boolean begun;
    private long maxMs;

    /** Starts to watch; does nothing the second time. Any thread. */
    public synchronized void begin() {
        if (begun) {
            return;
        }
        begun = true;
        for (GarbageCollectorMXBean bean : beans()) {
            GcInfo last = bean.getLastGcInfo();
            if (last != null) {
                maxMs = Math.max(maxMs, last.getDuration());
            }
            if (bean instanceof NotificationEmitter emitter) {
                emitter.addNotificationListener(
                        (notification, handback) -> heard(notification), null, null);
            }
        }
    }

    /** Calls {@link #begin} on a thread of its own. */
    public void beginInBackground() {
        Thread.ofPlatform().daemon().name("gc-watch").start(this::begin);
    }

    private synchronized void heard(Notification notification) {
        if (notification.getUserData() instanceof CompositeData data) {
            maxMs =
                    Math.max(
                            maxMs,
                            GarbageCollectionNotificationInfo.from(data).getGcInfo().getDuration());
        }
    }

    private static Iterable<GarbageCollectorMXBean> beans() {
        return ManagementFactory.getPlatformMXBeans(GarbageCollectorMXBean.class);
    }

    synchronized void write(Fields to) {
        begin();
        long count = 0;
        long totalMs = 0;
        for (GarbageCollectorMXBean bean : beans()) {
            count += Math.max(0, bean.getCollectionCount());
            totalMs += Math.max(0, bean.getCollectionTime());
        }
        to.put("gc_count", count).put("gc_pause_total_ms", totalMs).put("gc_pause_max_ms", maxMs);
    }

    /** The longest pause begins anew. */
    public synchronized void reset() {
        maxMs = 0;
    }
}
