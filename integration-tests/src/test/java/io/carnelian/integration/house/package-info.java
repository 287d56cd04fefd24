/** The rules of the house as tests: module directions, sizes, names. */
@NullMarked
package io.carnelian.integration.house;

import org.jspecify.annotations.NullMarked;
