/**
 * Records, and the table that finds them by key: of a database, or of a big hash or set. All of it
 * lies outside the Java heap and obeys the rules of copy on write of the epochs.
 */
@NullMarked
package io.carnelian.server.table;

import org.jspecify.annotations.NullMarked;
