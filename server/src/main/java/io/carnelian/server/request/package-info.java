/** What peers send, cut into requests in place: the protocol's two forms, its limits and errors. */
@NullMarked
package io.carnelian.server.request;

import org.jspecify.annotations.NullMarked;
