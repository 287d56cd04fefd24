@NullMarked
package io.carnelian.server.tracking;

import org.jspecify.annotations.NullMarked;
