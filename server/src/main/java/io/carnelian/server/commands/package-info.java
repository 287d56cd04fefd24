/** What the commands do: one class a family, its table on top, one line a command. */
@NullMarked
package io.carnelian.server.commands;

import org.jspecify.annotations.NullMarked;
