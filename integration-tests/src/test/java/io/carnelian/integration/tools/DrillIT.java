package io.carnelian.integration.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    /** Runs a round, and returns the JSON of it. */
    private String json(String... options) throws Exception {
        Path file = directory.resolve("out.json");
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of("--json", file.toString()));
        drill(0, all.toArray(new String[0]));
        return Files.readString(file);
    }

    /** The first number of that name. */
    private static long number(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":(-?\\d+)").matcher(json);
        assertThat(matcher.find()).as("%s in %s", name, json).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    @Test
    void aReplicaWhoseLinkIsCutGoesOnWhereItWas() throws Exception {
        String round =
                json("--scenario", "cut-link", "--failover", "command", "--outage-ms", "1500");
        assertThat(number(round, "lost")).isZero();
        assertThat(number(round, "promote_ms")).isEqualTo(-1);
        assertThat(number(round, "full_syncs")).isZero();
        assertThat(number(round, "partial_syncs")).isEqualTo(1);
        assertThat(number(round, "most_ms_behind")).isGreaterThan(1000);
    }

    @Test
    void aSlowLinkMakesItsReplicaLateAndNobodyElse() throws Exception {
        String round = json("--scenario", "slow-link", "--outage-ms", "2000");
        assertThat(number(round, "lost")).isZero();
        assertThat(number(round, "promote_ms")).isEqualTo(-1);
        assertThat(number(round, "full_syncs")).isZero();
        assertThat(number(round, "partial_syncs")).isZero();
        assertThat(number(round, "most_bytes_behind")).isPositive();
        assertThat(round).contains("\"errors\":{}");
    }

    @Test
    void whatIsWrittenOnTheWrongSideOfASplitIsLostAndListed() throws Exception {
        String round = json("--scenario", "split", "--failover", "command");
        String apart = round.substring(round.indexOf("\"minority\""));
        long lost = number(apart, "lost");
        // One that was acknowledged at the moment of the cut may be on both sides.
        long wrong = number(apart, "acknowledged_apart");
        assertThat(lost).isPositive().isGreaterThanOrEqualTo(wrong - 5);
        assertThat(apart.split("\"r1:cut-off-0:", -1)).hasSize((int) lost + 1);
        assertThat(number(round, "full_syncs")).isEqualTo(1);
    }

    @Test
    void whatAReplicaHasConfirmedOutlivesASplit() throws Exception {
        String round = json("--scenario", "split", "--wait", "1", "--outage-ms", "2000");
        String apart = round.substring(round.indexOf("\"minority\""));
        assertThat(number(round, "lost")).isZero();
        assertThat(number(apart, "lost")).isZero();
        assertThat(apart).contains("WAIT not confirmed");
        assertThat(round).contains("+switch-master", "is a replica");
    }

    @Test
    void aSentinelHandoverThatIsPreparedLosesNothing() throws Exception {
        String round = json("--scenario", "coordinated");
        assertThat(number(round, "lost")).isZero();
        assertThat(round).contains("node-1 refuses writes", "+switch-master");
    }

    @Test
    void aWrongCommandLineIsRefused() throws Exception {
        assertThat(drill(2, "--scenario", "earthquake")).contains("kill");
        assertThat(drill(2, "--scenario", "kill", "--topology", "ring")).contains("--topology");
    }
}
