/** The log in Redis's format and wording, because operators' tools grep for them. */
@NullMarked
package io.carnelian.server.log;

import org.jspecify.annotations.NullMarked;
