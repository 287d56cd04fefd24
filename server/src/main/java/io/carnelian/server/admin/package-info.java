/** Commands about the server itself: what there is, how it is set, how it ends. */
@NullMarked
package io.carnelian.server.admin;

import org.jspecify.annotations.NullMarked;
