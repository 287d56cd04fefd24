/** Clients and what the command thread can ask of their connections. */
@NullMarked
package io.carnelian.server.client;

import org.jspecify.annotations.NullMarked;
