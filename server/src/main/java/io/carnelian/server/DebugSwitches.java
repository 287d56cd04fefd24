package io.carnelian.server;

/**
 * What DEBUG switches off for a test; whoever does the work looks here first. Command thread only.
 */
public final class DebugSwitches {
    /** Whether cron looks for expired keys. */
    public boolean activeExpire = true;

    /** Whether cron does nothing at all. */
    public boolean cronPaused;
}
