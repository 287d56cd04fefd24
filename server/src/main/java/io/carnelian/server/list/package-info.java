/** Lists: what a list value is, and the commands that read, change and move its elements. */
@NullMarked
package io.carnelian.server.list;

import org.jspecify.annotations.NullMarked;
