/**
 * Configuration as rows: one row a parameter; the file, CONFIG GET, SET and REWRITE follow from the
 * rows.
 */
@NullMarked
package io.carnelian.server.config;

import org.jspecify.annotations.NullMarked;
