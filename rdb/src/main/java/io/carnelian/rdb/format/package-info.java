/**
 * The RDB file format: codecs that know bytes and nothing of the server. Imports {@code java.*}
 * only.
 *
 * <pre>
 *   "REDIS0010"                                      magic and version
 *   FA name value                                    AUX: facts about the file, as many as wanted
 *   FE db                                            SELECTDB: what follows is in this database
 *   FB keys expires                                  RESIZEDB: how many, for making room
 *   F5 source                                        FUNCTION2: a library of functions
 *   [FC ms:8 LE | FD s:4 LE] [F8 s | F9 freq:1]
 *      type key value                                an entry: its expiry since 1970, how long it
 *                                                    was not used, or how often it was
 *   FF crc64:8 LE                                    EOF; a checksum of 0 means "not computed"
 *
 *   length   00xxxxxx                                6 bits
 *            01xxxxxx xxxxxxxx                       14 bits
 *            80 + 4 bytes BE, 81 + 8 bytes BE
 *   string   length bytes
 *            C0 int8 | C1 int16 LE | C2 int32 LE     a string that is the decimal of this integer
 *            C3 clen len bytes                       LZF
 * </pre>
 *
 * A DUMP payload is | type | value | version:2 LE | crc64:8 LE |. The types are in {@link
 * io.carnelian.rdb.format.Opcodes}.
 *
 * <p>Sources: https://rdb.fnordig.de/file_format.html, and files written by redis-server 7.0.15.
 */
@NullMarked
package io.carnelian.rdb.format;

import org.jspecify.annotations.NullMarked;
