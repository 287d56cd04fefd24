package io.carnelian.server.process;

import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.Choice;
import io.carnelian.server.config.TextList;
import io.carnelian.server.feed.NodeRole;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How readily Linux kills this process when memory is short: {@code oom-score-adj} and {@code
 * oom-score-adj-values}, one value for a primary and one for a replica. Relative values are added
 * to what was in force before; switching it off brings that back.
 */
public final class OomScore {
    private static final Logger LOG = LoggerFactory.getLogger(OomScore.class);
    private static final int LIMIT = 1000;

    private final Path file;
    private final Choice mode;
    private final TextList values;
    private final Supplier<NodeRole> role;
    private boolean adjusted;
    private int base;

    /** {@code file} is {@code /proc/self/oom_score_adj}. */
    public OomScore(Path file, Choice mode, TextList values, Supplier<NodeRole> role) {
        this.file = file;
        this.mode = mode;
        this.values = values;
        this.role = role;
        mode.onApply(this::apply);
        values.onApply(this::apply);
    }

    /** Brings the score in line with settings and role; to be called when one of them changes. */
    public void apply() throws BadValue {
        try {
            if (!mode.is("no")) {
                if (!adjusted) {
                    base = read();
                    adjusted = true;
                }
                int position = role.get() == NodeRole.PRIMARY ? 0 : 1;
                int wanted = Integer.parseInt(values.values.get(position));
                int score = mode.is("absolute") ? wanted : base + wanted;
                write(Math.clamp(score, -LIMIT, LIMIT));
            } else if (adjusted) {
                adjusted = false;
                write(base);
            }
        } catch (IOException | NumberFormatException e) {
            LOG.warn("Unable to change oom_score_adj: {}", e.getMessage());
            throw new BadValue("Failed to set current oom_score_adj. Check server logs.");
        }
    }

    private int read() throws IOException {
        return Integer.parseInt(Files.readString(file, StandardCharsets.US_ASCII).trim());
    }

    private void write(int score) throws IOException {
        Files.writeString(file, Integer.toString(score), StandardCharsets.US_ASCII);
    }
}
