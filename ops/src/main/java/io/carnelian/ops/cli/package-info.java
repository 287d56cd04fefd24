/**
 * {@code bin/carnelian}: the command-line tools, one class a sub-command. They print, and end with
 * a status for scripts: 0 all is well, 1 it is not, 2 for what was asked in a wrong way (check-rdb
 * and check-aof say 1 then too, as the stock tools do).
 */
@NullMarked
package io.carnelian.ops.cli;

import org.jspecify.annotations.NullMarked;
