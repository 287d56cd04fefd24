/**
 * The admin port: figures for Prometheus and answers for whoever asks whether this server is well.
 * Off by default, on the loopback address by default. Its threads never touch live state: figures
 * are taken on the command thread and handed over as values.
 */
@NullMarked
package io.carnelian.ops.admin;

import org.jspecify.annotations.NullMarked;
