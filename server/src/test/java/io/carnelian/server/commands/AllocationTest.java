package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.carnelian.server.command.Batch;
import io.netty.buffer.ByteBuf;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that make up most loads allocate nothing on the Java heap. */
class AllocationTest {
    private static final int BATCHES = 200;
    private static final int WARM_UP = 50;
    private static final int REQUESTS = 100;

    /** No object is as small; it covers the few of Netty's that a chunk of output takes. */
    private static final int LESS_THAN_AN_OBJECT_BYTES = 8;

    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET k",
                "GET n",
                "GET nokey",
                "SET k v",
                "SET k 12345",
                "SET k v EX 100",
                "SET k v XX KEEPTTL",
                "SETNX k v",
                "INCR n",
                "DECRBY n 5",
                "GETRANGE k 0 -1",
                "STRLEN k",
                "MGET k n nokey",
                "MSET k v n 1",
                "EXISTS k nokey",
                "DEL k",
                "EXPIRE k 100",
                "TTL k"
            })
    void allocatesNothing(String command) {
        String[] args = command.split(" ");
        ByteBuf input = CommandsFixture.input(args);
        Batch batch = new Batch();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        for (int i = 0; i < BATCHES; i++) {
            server.run("SET", "k", "value");
            server.run("SET", "n", "10");
            for (int j = 0; j < REQUESTS; j++) {
                server.add(batch, input, args);
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            server.server().executor().execute(batch);
            long after = threads.getCurrentThreadAllocatedBytes();
            allocated += i < WARM_UP ? 0 : after - before;
            server.server().stream().endTurn();
            server.client().output().discard();
        }
        input.release();
        long perCommand = allocated / ((BATCHES - WARM_UP) * REQUESTS);
        assertThat(perCommand).as("bytes a command").isLessThan(LESS_THAN_AN_OBJECT_BYTES);
    }
}
