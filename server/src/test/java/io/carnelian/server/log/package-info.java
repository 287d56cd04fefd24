@NullMarked
package io.carnelian.server.log;

import org.jspecify.annotations.NullMarked;
