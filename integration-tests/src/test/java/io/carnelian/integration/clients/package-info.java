/** The client libraries that users have, against the server under test. */
@NullMarked
package io.carnelian.integration.clients;

import org.jspecify.annotations.NullMarked;
