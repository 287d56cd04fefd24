/** Commands about connections and the server itself: who is there, what there is, how it is set. */
@NullMarked
package io.carnelian.server.admin;

import org.jspecify.annotations.NullMarked;
