/** The command-line tools, run as somebody at a terminal runs them, beside the stock ones. */
@NullMarked
package io.carnelian.integration.tools;

import org.jspecify.annotations.NullMarked;
