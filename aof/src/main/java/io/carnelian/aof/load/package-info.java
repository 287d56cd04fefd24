/** Reading the files at start: what is damaged, what is cut off, where the stream stood. */
@NullMarked
package io.carnelian.aof.load;

import org.jspecify.annotations.NullMarked;
