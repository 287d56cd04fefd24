/** DEBUG: what tests, measurements and people who look inside may ask of a server. */
@NullMarked
package io.carnelian.server.debug;

import org.jspecify.annotations.NullMarked;
