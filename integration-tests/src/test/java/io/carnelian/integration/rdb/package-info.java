/** Files and payloads of the data set, exchanged with the stock server and left by killed ones. */
@NullMarked
package io.carnelian.integration.rdb;

import org.jspecify.annotations.NullMarked;
