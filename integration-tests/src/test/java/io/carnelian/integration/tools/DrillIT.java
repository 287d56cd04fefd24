package io.carnelian.integration.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One round of a drill, as somebody at a terminal runs it. */
class DrillIT {
    @TempDir Path directory;

    private String drill(int expected, String... options) throws Exception {
        List<String> drill = List.of("drill", "--rate", "500", "--folder", directory.toString());
        return CommandLineTool.run(expected, drill, options);
    }

    @Test
    void aKilledPrimaryIsReplacedBySentinelsAndNothingConfirmedIsLost() throws Exception {
        Path json = directory.resolve("out.json");
        Path html = directory.resolve("out.html");
        String said =
                drill(
                        0,
                        "--scenario",
                        "kill",
                        "--wait",
                        "1",
                        "--json",
                        json.toString(),
                        "--html",
                        html.toString());
        assertThat(said).contains("lost 0").contains("all equal");
        assertThat(Files.readString(json)).contains("\"lost\":0", "+switch-master");
        assertThat(Files.readString(html)).contains("<svg");
    }

    @Test
    void withoutSentinelsTheDrillPromotes() throws Exception {
        assertThat(drill(0, "--scenario", "freeze", "--failover", "command", "--wait", "1"))
                .contains("lost 0")
                .contains("all equal");
    }

    @Test
    void aPrimaryThatIsWellHandsOverWithoutALoss() throws Exception {
        assertThat(drill(0, "--scenario", "coordinated", "--failover", "command"))
                .contains("lost 0")
                .contains("all equal");
    }

    @Test
    void aWrongCommandLineIsRefused() throws Exception {
        assertThat(drill(2, "--scenario", "earthquake")).contains("kill");
        assertThat(drill(2, "--scenario", "kill", "--topology", "ring")).contains("--topology");
    }
}
