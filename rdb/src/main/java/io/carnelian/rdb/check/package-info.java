/** Looks through RDB files without serving them: what is in there, and is it sound. */
@NullMarked
package io.carnelian.rdb.check;

import org.jspecify.annotations.NullMarked;
