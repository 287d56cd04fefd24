/**
 * Client-side caching: who has read or wants to hear of which keys, and telling them of changes.
 */
@NullMarked
package io.carnelian.server.tracking;

import org.jspecify.annotations.NullMarked;
