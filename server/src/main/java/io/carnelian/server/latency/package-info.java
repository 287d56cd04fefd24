/** Latency: spikes by event, and how long each command takes as a histogram. */
@NullMarked
package io.carnelian.server.latency;

import org.jspecify.annotations.NullMarked;
