/**
 * The keyspace: databases of keys with their expiry, and snapshots of them. Everything but a
 * handful of objects lies outside the Java heap.
 */
@NullMarked
package io.carnelian.server.store;

import org.jspecify.annotations.NullMarked;
