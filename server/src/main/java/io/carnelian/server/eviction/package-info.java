/** How recently and how often keys are used. */
@NullMarked
package io.carnelian.server.eviction;

import org.jspecify.annotations.NullMarked;
