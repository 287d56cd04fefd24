/**
 * The replica's half: the link to the primary, from its first word to the stream; the payload of a
 * full resync; the change of roles.
 */
@NullMarked
package io.carnelian.replication.replica;

import org.jspecify.annotations.NullMarked;
