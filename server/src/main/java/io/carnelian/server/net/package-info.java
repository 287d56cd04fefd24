/** Sockets and loops. */
@NullMarked
package io.carnelian.server.net;

import org.jspecify.annotations.NullMarked;
