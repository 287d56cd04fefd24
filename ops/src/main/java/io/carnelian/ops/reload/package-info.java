/** Reading the configuration file again while the server runs: CONFIG RELOAD and SIGHUP. */
@NullMarked
package io.carnelian.ops.reload;

import org.jspecify.annotations.NullMarked;
