package io.carnelian.integration.container;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides for {@link RequiresDocker}. Testcontainers' own switch turns a failing probe into skipped
 * tests and a green build; here a missing engine is an error wherever it was promised.
 */
final class DockerCondition implements ExecutionCondition {
    private static final Logger LOG = LoggerFactory.getLogger(DockerCondition.class);
    private static final int PROBE_TIMEOUT_SECONDS = 20;

    /** bin/test-summary looks for it in the reports, to say at the end what did not run. */
    private static final String NONE = "no container engine answers";

    /** Asked once a run. */
    private static final class Engine {
        static final boolean ANSWERS = probe();

        private Engine() {}
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        boolean required = Boolean.parseBoolean(System.getenv("IT_REQUIRE_DOCKER"));
        return decide(Engine.ANSWERS, required, context.getDisplayName());
    }

    static ConditionEvaluationResult decide(boolean answers, boolean required, String tests) {
        if (answers) {
            return ConditionEvaluationResult.enabled("a container engine answers");
        }
        if (required) {
            throw new IllegalStateException(
                    NONE + " for " + tests + ", and IT_REQUIRE_DOCKER=true promises one");
        }
        LOG.warn("!!! NOT RUN: {}: {}; bin/test starts one", tests, NONE);
        return ConditionEvaluationResult.disabled(NONE);
    }

    private static boolean probe() {
        try {
            Process docker =
                    new ProcessBuilder("docker", "info")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (!docker.waitFor(PROBE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                docker.destroyForcibly();
                return false;
            }
            return docker.exitValue() == 0;
        } catch (IOException e) {
            LOG.debug("no docker command", e);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
