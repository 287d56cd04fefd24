/** Sockets, loops and the request parser. */
@NullMarked
package io.carnelian.server.net;

import org.jspecify.annotations.NullMarked;
