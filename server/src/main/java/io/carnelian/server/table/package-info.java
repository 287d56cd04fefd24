/**
 * Records, the table that finds them by key: of a database, or of a big hash or set; and the tree
 * that keeps those of a big sorted set in the order of their scores. All of it lies outside the
 * Java heap and obeys the rules of copy on write of the epochs.
 */
@NullMarked
package io.carnelian.server.table;

import org.jspecify.annotations.NullMarked;
