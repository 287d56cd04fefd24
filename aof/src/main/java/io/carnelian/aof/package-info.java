/** The append-only file; its pure part is in {@code log}. */
@NullMarked
package io.carnelian.aof;

import org.jspecify.annotations.NullMarked;
