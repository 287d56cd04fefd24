/** From a frozen keyspace to RDB bytes: who walks, what is said about the file, how far it is. */
@NullMarked
package io.carnelian.rdb.save;

import org.jspecify.annotations.NullMarked;
