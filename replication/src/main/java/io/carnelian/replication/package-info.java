/**
 * Replication, as a primary and as a replica; its pure part is in {@code stream}, the primary's
 * half in {@code primary}. What both halves share is here: configuration, the node's history, the
 * sentences of the log, INFO and ROLE.
 */
@NullMarked
package io.carnelian.replication;

import org.jspecify.annotations.NullMarked;
