/** The process: its files, signals and end, and what it tells of itself. */
@NullMarked
package io.carnelian.integration.process;

import org.jspecify.annotations.NullMarked;
