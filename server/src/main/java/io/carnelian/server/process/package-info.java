/** The process among others: pid file, daemon, supervisor, watchdog, and its last words. */
@NullMarked
package io.carnelian.server.process;

import org.jspecify.annotations.NullMarked;
