/** The write stream and its readers: sinks, monitors; role and position. */
@NullMarked
package io.carnelian.server.feed;

import org.jspecify.annotations.NullMarked;
