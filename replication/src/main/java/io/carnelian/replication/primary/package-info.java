/**
 * The primary's half: SYNC and PSYNC, full resyncs, the backlog, the replicas and what they
 * acknowledge.
 *
 * <pre>
 *   replica                                      primary
 *      │ PING                                       │
 *      ├───────────────────────────────────────────►│
 *      │                                     +PONG  │
 *      │◄───────────────────────────────────────────┤
 *      │ REPLCONF listening-port 6380               │
 *      ├───────────────────────────────────────────►│ HANDSHAKE
 *      │ REPLCONF capa eof capa psync2         +OK  │
 *      ├───────────────────────────────────────────►│
 *      │ PSYNC ? -1                            +OK  │
 *      ├───────────────────────────────────────────►│ the cut; the cursor is parked there:
 *      │             +FULLRESYNC 8a3f…c1 1500\r\n   │ TRANSFER
 *      │◄───────────────────────────────────────────┤
 *      │             $EOF:5d0c…(40)\r\n             │
 *      │◄───────────────────────────────────────────┤ snapshot thread, straight to the socket
 *      │             REDIS0010 … FF crc64           │
 *      │◄───────────────────────────────────────────┤
 *      │             5d0c…(40)                      │ the replica finds the mark only at the end
 *      │◄───────────────────────────────────────────┤ of what it read, so nothing may follow yet:
 *      │ REPLCONF ACK 1500                          │ AWAIT_ACK
 *      ├───────────────────────────────────────────►│ ONLINE
 *      │             *2 SELECT 0 *3 SET k v …       │
 *      │◄───────────────────────────────────────────┤ the stream, from byte number 1501 on
 *      │ REPLCONF ACK 1565                   (1/s)  │
 *      ├───────────────────────────────────────────►│
 *                        ✂
 *      │ PSYNC 8a3f…c1 1566                         │
 *      ├───────────────────────────────────────────►│ HANDSHAKE
 *      │             +CONTINUE 8a3f…c1\r\n          │
 *      │◄───────────────────────────────────────────┤ ONLINE
 *      │             … the stream, from 1566 on     │
 *      │◄───────────────────────────────────────────┤
 * </pre>
 *
 * A replica without {@code capa eof}, or with {@code repl-diskless-sync no} any, is sent {@code
 * $length\r\n} and the payload out of a file, which those who wait for it share.
 *
 * <p>Source: https://redis.io/docs/latest/operate/oss_and_stack/management/replication/, and what
 * redis-server 7.0.15 says on a socket.
 */
@NullMarked
package io.carnelian.replication.primary;

import org.jspecify.annotations.NullMarked;
