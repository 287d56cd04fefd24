package io.carnelian.ops.bench.stall;

import io.carnelian.ops.bench.KeySet;
import picocli.CommandLine.Option;

/** The options that say which strings a server is loaded with. */
final class KeyOptions {
    @Option(
            names = "--keys",
            paramLabel = "N",
            description = "Keys to load, 16 bytes each (default: ${DEFAULT-VALUE}).")
    private long keys = 10_000_000;

    @Option(
            names = "--value-size",
            paramLabel = "BYTES",
            description = "Bytes of a value (default: ${DEFAULT-VALUE}).")
    private int valueBytes = 32;

    KeySet keySet() {
        return new KeySet(keys, valueBytes);
    }
}
