/** Transactions: MULTI, EXEC and the keys that WATCH guards. */
@NullMarked
package io.carnelian.server.tx;

import org.jspecify.annotations.NullMarked;
