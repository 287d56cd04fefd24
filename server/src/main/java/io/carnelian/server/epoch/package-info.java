/** Which memory a live snapshot may still read, and what may be freed when it ends. */
@NullMarked
package io.carnelian.server.epoch;

import org.jspecify.annotations.NullMarked;
