@NullMarked
package io.carnelian.server.admin;

import org.jspecify.annotations.NullMarked;
