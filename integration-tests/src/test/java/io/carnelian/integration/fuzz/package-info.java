/** Broken, split and random byte streams: the server answers or closes, and lives on. */
@NullMarked
package io.carnelian.integration.fuzz;

import org.jspecify.annotations.NullMarked;
