@NullMarked
package io.carnelian.server.flight;

import org.jspecify.annotations.NullMarked;
