/**
 * The files of an AOF, as bytes: the manifest that names them, the commands in them and the lines
 * between those. Codecs and decisions that know nothing of a server; imports {@code java.*} only.
 *
 * <pre>
 *   appendonlydir/appendonly.aof.manifest       file appendonly.aof.2.base.rdb seq 2 type b
 *                                               file appendonly.aof.3.incr.aof seq 3 type i
 *   appendonlydir/appendonly.aof.2.base.rdb     an RDB file, or commands
 *   appendonlydir/appendonly.aof.3.incr.aof     commands and lines:
 *
 *     #CN:ID OFFSET MS SUM\r\n      ours: the position behind what precedes
 *     #CA:\r\n                      ours: the next command is not of the stream
 *     #TS:1700000000\r\n            Redis's: when what follows was written
 *     *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n
 * </pre>
 *
 * Source: what redis-server and redis-check-aof 7.0.15 write, load and refuse.
 */
@NullMarked
package io.carnelian.aof.log;

import org.jspecify.annotations.NullMarked;
