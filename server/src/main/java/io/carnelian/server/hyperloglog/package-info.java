/** Estimates of how many different elements were seen: PFADD, PFCOUNT, PFMERGE. */
@NullMarked
package io.carnelian.server.hyperloglog;

import org.jspecify.annotations.NullMarked;
