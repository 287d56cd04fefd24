/** The slow log: the last commands that took longer than they should. */
@NullMarked
package io.carnelian.server.slowlog;

import org.jspecify.annotations.NullMarked;
