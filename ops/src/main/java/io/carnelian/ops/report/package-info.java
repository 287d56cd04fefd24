/** What the rounds of a drill have shown, as a line, as JSON and as an HTML file. */
@NullMarked
package io.carnelian.ops.report;

import org.jspecify.annotations.NullMarked;
