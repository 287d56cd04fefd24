@NullMarked
package io.carnelian.server.info;

import org.jspecify.annotations.NullMarked;
