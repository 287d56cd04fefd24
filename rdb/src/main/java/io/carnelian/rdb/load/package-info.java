/** From RDB bytes to a keyspace: builds values of every type, whatever form a file has them in. */
@NullMarked
package io.carnelian.rdb.load;

import org.jspecify.annotations.NullMarked;
