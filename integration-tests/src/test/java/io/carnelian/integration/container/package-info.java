/** The server in containers, beside a stock redis-server. */
@NullMarked
package io.carnelian.integration.container;

import org.jspecify.annotations.NullMarked;
