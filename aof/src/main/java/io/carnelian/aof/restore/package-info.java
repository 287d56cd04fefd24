/** Point-in-time recovery: an earlier state of an AOF, in a fresh directory. */
@NullMarked
package io.carnelian.aof.restore;

import org.jspecify.annotations.NullMarked;
