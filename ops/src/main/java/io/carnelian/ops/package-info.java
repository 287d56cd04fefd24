/** The composition root: everything is made here, in order. */
@NullMarked
package io.carnelian.ops;

import org.jspecify.annotations.NullMarked;
