/** Single values on their way between servers: DUMP, RESTORE, MIGRATE. */
@NullMarked
package io.carnelian.rdb.transfer;

import org.jspecify.annotations.NullMarked;
