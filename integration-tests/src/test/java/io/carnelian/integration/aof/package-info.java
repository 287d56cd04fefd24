/** The append-only file: exchanged, killed at any moment, and what a restart knows by it. */
@NullMarked
package io.carnelian.integration.aof;

import org.jspecify.annotations.NullMarked;
