package io.carnelian.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.config.CommandLine;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.Parameter;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configuration file that we give away: it can be read, and tells the truth. */
class DistributedConfTest {
    private static final Path CONF = Path.of("src/dist/conf/carnelian.conf");
    private static final Pattern LINE = Pattern.compile("# ([a-z][a-z-]*) (\\S.*)");

    /** Their defaults are of another form, or depend on the machine. */
    private static final Set<String> SAID_OTHERWISE = Set.of("dir", "supervised");

    @TempDir Path directory;

    @Test
    void isReadAsItIs() throws Exception {
        Config config = read(CONF);
        Parameter bind = Objects.requireNonNull(config.find("bind"));
        assertThat(bind.text()).isEqualTo("127.0.0.1 -::1");
        assertThat(config.pendingInUse()).isEmpty();
    }

    @Test
    void whatItShowsInRemarksIsWhatHoldsByDefault() throws Exception {
        Config known = read(CONF);
        List<String> lines = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (String line : Files.readAllLines(CONF)) {
            Matcher shown = LINE.matcher(line);
            if (shown.matches() && known.find(shown.group(1)) != null) {
                lines.add(line.substring(2));
                names.add(shown.group(1));
            }
        }
        assertThat(names).hasSizeGreaterThan(30).doesNotHaveDuplicates();
        Config config = read(Files.write(directory.resolve("all.conf"), lines));
        for (String name : names) {
            Parameter row = Objects.requireNonNull(config.find(name));
            assertThat(row.isDefault() || SAID_OTHERWISE.contains(name)).as(name).isTrue();
        }
    }

    private static Config read(Path file) throws Exception {
        Config config = new Config();
        var _ =
                Settings.read(
                        config,
                        CommandLine.parse(new String[] {file.toString()}),
                        new ByteArrayInputStream(new byte[0]));
        return config;
    }
}
