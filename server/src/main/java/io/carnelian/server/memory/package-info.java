/**
 * Memory outside the Java heap: raw access by address, pages from the operating system, size-class
 * slabs above them. The only package that touches addresses with {@code java.lang.foreign}.
 */
@NullMarked
package io.carnelian.server.memory;

import org.jspecify.annotations.NullMarked;
