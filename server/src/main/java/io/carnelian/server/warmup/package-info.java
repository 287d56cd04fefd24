/** Work done at start so that the compiled code is there when clients need it. */
@NullMarked
package io.carnelian.server.warmup;

import org.jspecify.annotations.NullMarked;
