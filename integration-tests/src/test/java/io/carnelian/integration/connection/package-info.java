/** Connections from outside: sockets, limits, and what one client can do to others. */
@NullMarked
package io.carnelian.integration.connection;

import org.jspecify.annotations.NullMarked;
