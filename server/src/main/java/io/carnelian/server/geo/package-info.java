/**
 * Places on the globe as members of sorted sets, whose scores are geohashes of 52 bits: adding
 * them, distances, searches.
 */
@NullMarked
package io.carnelian.server.geo;

import org.jspecify.annotations.NullMarked;
