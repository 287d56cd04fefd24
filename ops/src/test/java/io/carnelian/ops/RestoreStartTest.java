package io.carnelian.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.aof.restore.RestoreFailure;
import io.carnelian.aof.restore.RestoreGoal;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestoreStartTest {
    private static RestoreStart find(String... args) throws RestoreFailure {
        RestoreStart found = RestoreStart.find(args, ZoneOffset.ofHours(1));
        if (found == null) {
            throw new AssertionError("no restore");
        }
        return found;
    }

    @ParameterizedTest
    @CsvSource({
        "1700000000, 1700000000",
        "2023-11-14T22:13:20Z, 1700000000",
        "2023-11-14T22:13:20.9Z, 1700000000",
        "2023-11-14 22:13:20+00:00, 1700000000",
        "2023-11-14T23:13:20, 1700000000",
    })
    void takesTimes(String text, long seconds) throws RestoreFailure {
        assertThat(find("--restore-to-time", text, "--restore-into", "/x").goal())
                .isEqualTo(new RestoreGoal.Time(seconds));
    }

    @Test
    void leavesTheConfigurationToOthers() throws RestoreFailure {
        RestoreStart found =
                find(
                        "a.conf",
                        "--restore-into",
                        "/x/../y",
                        "--restore-to-offset",
                        "7",
                        "--dir",
                        "z");
        assertThat(found)
                .isEqualTo(
                        new RestoreStart(
                                new RestoreGoal.Offset(7),
                                Path.of("/y"),
                                List.of("a.conf", "--dir", "z")));
        assertThat(RestoreStart.find(new String[] {"a.conf", "--port", "1"}, ZoneOffset.UTC))
                .isNull();
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> find("--restore-to-time", "yesterday", "--restore-into", "/x"))
                .hasMessageContaining("not a time: yesterday");
        assertThatThrownBy(() -> find("--restore-to-offset", "-1", "--restore-into", "/x"))
                .hasMessageContaining("not an offset");
        assertThatThrownBy(() -> find("--restore-to-time", "1"))
                .hasMessageContaining("--restore-into says which empty directory");
        assertThatThrownBy(() -> find("--restore-into", "/x"))
                .hasMessageContaining("needs --restore-to-time or");
        assertThatThrownBy(() -> find("--restore-to-time")).hasMessageContaining("needs a value");
        assertThatThrownBy(() -> find("--restore-to-time", "1", "--restore-to-offset", "1"))
                .hasMessageContaining("once");
    }
}
