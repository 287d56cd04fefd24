/** Snapshot files: saving and loading; the codecs are in {@code format}. */
@NullMarked
package io.carnelian.rdb;

import org.jspecify.annotations.NullMarked;
