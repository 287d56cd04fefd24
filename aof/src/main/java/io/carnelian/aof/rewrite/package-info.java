/** Making the files small again: a snapshot becomes the base, what it holds is forgotten. */
@NullMarked
package io.carnelian.aof.rewrite;

import org.jspecify.annotations.NullMarked;
