/** Strings as arrays of bits: SETBIT, BITCOUNT, BITOP, BITFIELD. */
@NullMarked
package io.carnelian.server.bitmap;

import org.jspecify.annotations.NullMarked;
