package io.carnelian.rdb.load;

import java.util.Map;

/**
 * What a loading brought.
 *
 * @param keys loaded
 * @param expired keys left out because their time was over
 * @param empty keys left out because their value has no element
 * @param bytes of the file
 * @param expiredKeys their names
 * @param facts AUX fields of the file, by name
 */
public record LoadResult(
        long keys,
        long expired,
        long empty,
        long bytes,
        ExpiredKeys expiredKeys,
        Map<String, String> facts) {}
