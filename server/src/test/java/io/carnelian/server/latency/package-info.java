@NullMarked
package io.carnelian.server.latency;

import org.jspecify.annotations.NullMarked;
