package io.carnelian.integration.container;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Files;
import java.nio.file.Path;

/** A run of the tests for {@link CleanupIT} to kill: makes a topology, says so, and stays. */
final class KilledRun {
    private KilledRun() {}

    /** Writes its label to the named file when all runs. */
    public static void main(String[] arguments) throws Exception {
        Topology topology = new Topology();
        Node frozen = topology.stock("frozen");
        topology.start(topology.stock("running"), frozen);
        frozen.freeze();
        Path part = Path.of(arguments[0] + ".part");
        Files.writeString(part, Engine.owner(ProcessHandle.current().pid()), UTF_8);
        Files.move(part, Path.of(arguments[0]));
        Thread.sleep(Long.MAX_VALUE);
    }
}
