/** What a recording of the JVM's flight recorder shows of this server, beside the JVM's own. */
@NullMarked
package io.carnelian.server.flight;

import org.jspecify.annotations.NullMarked;
