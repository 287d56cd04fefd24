package io.carnelian.rdb.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.rdb.RdbConfig;
import io.carnelian.rdb.RdbLog;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Gates;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.config.WorkingDir;
import io.carnelian.server.memory.Pages;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadingTest {
    @TempDir Path folder;

    private final DataRig rig = new DataRig(new Pages());
    private final WorkingDir dir = new WorkingDir();
    private final RdbConfig config = new RdbConfig(dir, new Toggle("rdbchecksum", 0, true));
    private final LinkedBlockingQueue<Runnable> messages = new LinkedBlockingQueue<>();
    private Loading loading;

    private final class Post implements Mailbox {
        @Override
        public void post(Runnable task) {
            messages.add(task);
        }

        @Override
        public void postAfter(Runnable task, long delayMs) {
            throw new AssertionError("nobody waits here");
        }
    }

    @BeforeEach
    void make() throws Exception {
        dir.parse(List.of(folder.toString()), false);
        loading =
                new Loading(
                        rig.keyspace,
                        () -> rig.keyspace,
                        DataRig.LIMITS,
                        config,
                        new RdbLog(),
                        new Gates(),
                        new Post(),
                        InstantSource.system());
    }

    /** Else the server would begin without data, and write over the file that it could not see. */
    @Test
    void aFileThatCanNotBeLookedAtIsNotTakenForNone() throws Exception {
        assertThat(loading.prepare()).isFalse();
        Files.createSymbolicLink(config.file(), config.file());
        assertThat(loading.prepare()).isTrue();
        CountDownLatch fatal = new CountDownLatch(1);
        loading.begin(
                result -> {
                    throw new AssertionError("that can't be loaded");
                },
                () -> {},
                fatal::countDown);
        assertThat(fatal.await(30, TimeUnit.SECONDS)).isTrue();
        rig.close();
    }

    /** SHUTDOWN may be refused after this step of it: DEBUG RELOAD goes on working. */
    @Test
    void anEndThatWasRefusedStopsNothingThatIsLoadedLater() throws Exception {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes("REDIS0010".getBytes(StandardCharsets.US_ASCII));
        file.write(0xFF);
        file.writeBytes(new byte[8]);
        Files.write(config.file(), file.toByteArray());
        loading.stop();
        LoadResult result = loading.loadNow(rig.keyspace, LoadOptions.of(0, true));
        assertThat(result.bytes()).isEqualTo(file.size());
        rig.close();
    }
}
