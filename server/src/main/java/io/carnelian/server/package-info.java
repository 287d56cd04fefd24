/** State and order: network, protocol, commands, keyspace, write stream. */
@NullMarked
package io.carnelian.server;

import org.jspecify.annotations.NullMarked;
