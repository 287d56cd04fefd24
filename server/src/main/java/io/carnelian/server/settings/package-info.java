/** The parameters of the server itself, in tables by what they are about. */
@NullMarked
package io.carnelian.server.settings;

import org.jspecify.annotations.NullMarked;
