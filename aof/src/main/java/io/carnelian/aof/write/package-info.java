/** How the write stream gets to the disk: a sink on the command thread, a thread that writes. */
@NullMarked
package io.carnelian.aof.write;

import org.jspecify.annotations.NullMarked;
