@NullMarked
package io.carnelian.server.config;

import org.jspecify.annotations.NullMarked;
