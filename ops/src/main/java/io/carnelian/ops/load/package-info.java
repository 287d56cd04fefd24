/**
 * {@code bin/carnelian bench}: a load generator with requests of many kinds, at a fixed rate or as
 * fast as answers come, whose percentiles count what clients would have waited.
 */
@NullMarked
package io.carnelian.ops.load;

import org.jspecify.annotations.NullMarked;
