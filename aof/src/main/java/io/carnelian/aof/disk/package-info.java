/** The folder of an AOF: which files it has, and the file system behind a door. */
@NullMarked
package io.carnelian.aof.disk;

import org.jspecify.annotations.NullMarked;
