package io.carnelian.integration.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.ServerProcess;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** {@code bin/carnelian}, as somebody at a terminal runs it. */
final class CommandLineTool {
    private CommandLineTool() {}

    /** Runs a sub-command to its end, which must have the expected status; returns what it says. */
    static String run(int expected, List<String> subCommand, String... options) throws Exception {
        List<String> line = new ArrayList<>();
        line.add(ServerProcess.launcher("carnelian").toString());
        line.addAll(subCommand);
        line.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().put("CARNELIAN_BUILD", "no");
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(expected);
        return said;
    }
}
