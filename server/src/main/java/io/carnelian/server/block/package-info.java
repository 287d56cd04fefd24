/**
 * Clients that wait until a key holds something for them: who waits for which keys, in their order,
 * and how they are served. What serves them is one row of the commands' family.
 */
@NullMarked
package io.carnelian.server.block;

import org.jspecify.annotations.NullMarked;
