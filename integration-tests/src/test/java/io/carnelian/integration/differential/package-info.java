/** Random commands to this server and to redis-server: replies and keyspaces must be equal. */
@NullMarked
package io.carnelian.integration.differential;

import org.jspecify.annotations.NullMarked;
