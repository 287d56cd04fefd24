/**
 * The decisions and the arithmetic of replication, without sockets, threads or clocks: what a
 * primary answers to PSYNC, which blocks of the stream a backlog keeps. Imports {@code java.*}
 * only.
 *
 * <p>Two ways to count the stream, used with these names everywhere:
 *
 * <pre>
 *   bytes        │S│E│T│…│ │ │   position p: p bytes come before it; a data set "is at" one
 *   position     0 1 2 3
 *   byte number  1 2 3           PSYNC asks for a byte by its number = position + 1
 * </pre>
 */
@NullMarked
package io.carnelian.replication.stream;

import org.jspecify.annotations.NullMarked;
