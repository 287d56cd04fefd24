package io.carnelian.ops.bench.stall;

import io.carnelian.ops.bench.StreamOptions;
import java.util.List;

/** What a server writes to disk in the background while its clients are watched. */
public enum Background {
    SAVE("saves"),
    REWRITE("rewrites");

    private final String plural;

    Background(String plural) {
        this.plural = plural;
    }

    String plural() {
        return plural;
    }

    /** Server options that it needs. */
    List<String> options() {
        return switch (this) {
            case SAVE -> List.of("--rdbcompression", "no");
            case REWRITE -> StreamOptions.journalOptions(StreamOptions.Journal.EVERYSEC);
        };
    }
}
