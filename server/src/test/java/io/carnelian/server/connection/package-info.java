@NullMarked
package io.carnelian.server.connection;

import org.jspecify.annotations.NullMarked;
