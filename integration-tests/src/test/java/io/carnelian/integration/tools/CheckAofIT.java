package io.carnelian.integration.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.ServerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files cut and damaged at random: both tools end with the same status and leave the same bytes.
 *
 * <p>{@code -Dcheck.aof.files=200 -Dseed=…} for more of them.
 */
class CheckAofIT {
    private static final long SEED = Long.getLong("seed", 20261122L);
    private static final int FILES = Integer.getInteger("check.aof.files", 8);
    private static final String ID = "0123456789abcdef0123456789abcdef01234567";

    @TempDir Path directory;

    @Test
    void fixesAsTheStockToolDoes() throws Exception {
        Random random = new Random(SEED);
        int cut = 0;
        for (int i = 0; i < FILES; i++) {
            byte[] bytes = file(random, i % 4);
            Result mine = run(bytes, "a.aof", ours(), "--fix");
            Result theirs = run(bytes, "b.aof", "redis-check-aof", "--fix");
            assertThat(mine.status()).as("file %d, -Dseed=%d", i, SEED).isEqualTo(theirs.status());
            assertThat(mine.left()).as("file %d, -Dseed=%d", i, SEED).isEqualTo(theirs.left());
            cut += theirs.left().length < bytes.length ? 1 : 0;
        }
        assertThat(cut).as("-Dseed=%d", SEED).isPositive();
    }

    @Test
    void cutsToATimeAsTheStockToolDoes() throws Exception {
        Random random = new Random(SEED + 1);
        byte[] bytes = file(random, 0);
        for (String time : new String[] {"1003", "999", "2000"}) {
            Result mine = run(bytes, "a.aof", ours(), "--truncate-to-timestamp", time);
            Result theirs = run(bytes, "b.aof", "redis-check-aof", "--truncate-to-timestamp", time);
            assertThat(mine.status()).as("up to %s", time).isEqualTo(theirs.status());
            assertThat(mine.left()).as("up to %s", time).isEqualTo(theirs.left());
        }
    }

    private record Result(int status, byte[] left) {}

    private Result run(byte[] bytes, String name, String... command) throws Exception {
        Path file = Files.write(directory.resolve(name), bytes);
        List<String> all = new ArrayList<>(Arrays.asList(command));
        all.add(file.toString());
        ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
        builder.environment().put("CARNELIAN_BUILD", "no");
        Process process = builder.start();
        process.getOutputStream().write('y');
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        assertThat(status).as(said).isBetween(0, 1);
        return new Result(status, Files.readAllBytes(file));
    }

    private static String ours() {
        return ServerProcess.launcher("carnelian-check-aof").toString();
    }

    /**
     * Commands, transactions and lines; whole, cut off, or with bytes between that belong nowhere.
     */
    private static byte[] file(Random random, int damage) {
        StringBuilder text = new StringBuilder("*1\r\n$4\r\nPING\r\n");
        boolean transaction = false;
        for (int i = 0; i < 60; i++) {
            int kind = random.nextInt(8);
            if (kind == 0 && !transaction) {
                text.append("#TS:").append(1000 + i / 10).append("\r\n");
            } else if (kind == 1) {
                text.append("#CN:").append(ID).append(' ').append(i).append(" 17 -\r\n");
            } else if (kind == 2) {
                text.append(transaction ? "*1\r\n$4\r\nEXEC\r\n" : "*1\r\n$5\r\nMULTI\r\n");
                transaction = !transaction;
            } else {
                String value = "v\r\n".repeat(random.nextInt(5));
                text.append("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$").append(value.length());
                text.append("\r\n").append(value).append("\r\n");
            }
        }
        text.append(transaction ? "*1\r\n$4\r\nEXEC\r\n" : "");
        switch (damage) {
            case 1 -> cut(text, random);
            case 2 -> text.insert(random.nextInt(text.length()), "\0");
            case 3 -> text.append("*1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nPING\r\n");
            default -> {}
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Anywhere but inside a line of remarks: there the stock tool sees nothing wrong. */
    private static void cut(StringBuilder text, Random random) {
        int at = 1 + random.nextInt(text.length() - 1);
        text.setLength(at);
        int line = text.lastIndexOf("\r\n") + 2;
        if (line < text.length() && text.charAt(line) == '#') {
            text.setLength(line);
        }
    }
}
