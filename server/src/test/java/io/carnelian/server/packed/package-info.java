@NullMarked
package io.carnelian.server.packed;

import org.jspecify.annotations.NullMarked;
