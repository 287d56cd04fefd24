/**
 * Black-box measuring tools: each starts servers as processes, loads them from outside and prints a
 * table that sets Carnelian's figures beside redis-server's. Nothing here touches the server's
 * classes, so a figure taken here is one that any user of the built server can take again.
 */
@NullMarked
package io.carnelian.ops.bench;

import org.jspecify.annotations.NullMarked;
