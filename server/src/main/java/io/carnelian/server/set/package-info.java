/**
 * Sets: a packed array of integers while that is all they hold and they are small, else a table.
 */
@NullMarked
package io.carnelian.server.set;

import org.jspecify.annotations.NullMarked;
