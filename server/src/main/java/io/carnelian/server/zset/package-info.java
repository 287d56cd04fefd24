/**
 * Sorted sets: a listpack of members and scores while they are few and short, else members found by
 * name through a table and in order through a tree.
 */
@NullMarked
package io.carnelian.server.zset;

import org.jspecify.annotations.NullMarked;
