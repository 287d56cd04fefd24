/** Long lists: listpacks as chunks below a spine, all of them nodes that snapshots may see. */
@NullMarked
package io.carnelian.server.quicklist;

import org.jspecify.annotations.NullMarked;
