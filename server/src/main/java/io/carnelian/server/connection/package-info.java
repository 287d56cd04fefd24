/** Connections as their commands see them: greeting, names, passwords, and who may end whom. */
@NullMarked
package io.carnelian.server.connection;

import org.jspecify.annotations.NullMarked;
