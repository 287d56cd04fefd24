/** Tests of clients that wait for keys. */
@NullMarked
package io.carnelian.server.block;

import org.jspecify.annotations.NullMarked;
