/** Whether the files of an AOF are sound, and where a damaged one would have to be cut. */
@NullMarked
package io.carnelian.aof.check;

import org.jspecify.annotations.NullMarked;
