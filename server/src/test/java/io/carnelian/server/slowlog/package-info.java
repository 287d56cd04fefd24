@NullMarked
package io.carnelian.server.slowlog;

import org.jspecify.annotations.NullMarked;
