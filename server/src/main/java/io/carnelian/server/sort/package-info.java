/** SORT: elements of a list, a set or a sorted set in the order of themselves or of other keys. */
@NullMarked
package io.carnelian.server.sort;

import org.jspecify.annotations.NullMarked;
