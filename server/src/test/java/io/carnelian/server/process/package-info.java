@NullMarked
package io.carnelian.server.process;

import org.jspecify.annotations.NullMarked;
