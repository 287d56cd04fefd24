/** The spine: batch, gates, call, and the command table. */
@NullMarked
package io.carnelian.server.command;

import org.jspecify.annotations.NullMarked;
