package io.carnelian.server;

/** What this server calls itself. */
public final class Version {
    public static final String NAME = "Carnelian";
    public static final String CARNELIAN = "0.1.0";

    /** The Redis whose behaviour this is; client libraries decide by it what they may use. */
    public static final String REDIS = "7.2.4";

    private Version() {}
}
