@NullMarked
package io.carnelian.server.settings;

import org.jspecify.annotations.NullMarked;
