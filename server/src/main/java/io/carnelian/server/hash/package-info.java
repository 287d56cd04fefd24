/** Hashes: a listpack of fields and values while they are few and short, else a table. */
@NullMarked
package io.carnelian.server.hash;

import org.jspecify.annotations.NullMarked;
