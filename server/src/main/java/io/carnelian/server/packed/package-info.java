/**
 * Small collections as one run of bytes, exactly as RDB files hold them: listpack and intset. Pure
 * functions over memory: who owns it, and whether it may be written, is the caller's business.
 */
@NullMarked
package io.carnelian.server.packed;

import org.jspecify.annotations.NullMarked;
