/** RESP2 and RESP3: replies, numbers, errors. */
@NullMarked
package io.carnelian.server.resp;

import org.jspecify.annotations.NullMarked;
