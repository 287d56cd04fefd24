/** INFO: sections as rows, whose fields the modules fill in. */
@NullMarked
package io.carnelian.server.info;

import org.jspecify.annotations.NullMarked;
