/** Black-box tests by topic, and the tests of the house rules. */
@NullMarked
package io.carnelian.integration;

import org.jspecify.annotations.NullMarked;
