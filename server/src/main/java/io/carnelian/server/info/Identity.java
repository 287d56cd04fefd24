package io.carnelian.server.info;

import java.security.SecureRandom;

/**
 * Who this process is.
 *
 * @param runId 40 random hex digits, new at every start
 * @param pid process id
 * @param startedAtMs wall-clock time of the start in milliseconds since 1970
 * @param executable path of the program, for INFO
 */
public record Identity(String runId, long pid, long startedAtMs, String executable) {
    private static final int ID_BYTES = 20;

    /** An identity that nobody else has. */
    public static Identity random(long pid, long startedAtMs, String executable) {
        return new Identity(randomId(), pid, startedAtMs, executable);
    }

    /** 40 random hex digits: a run id, or a replication id. */
    public static String randomId() {
        byte[] bytes = new byte[ID_BYTES];
        new SecureRandom().nextBytes(bytes);
        StringBuilder hex = new StringBuilder(2 * ID_BYTES);
        for (byte b : bytes) {
            hex.append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
        }
        return hex.toString();
    }
}
