package io.carnelian.integration.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DockerConditionTest {
    @Test
    void runsWithAnEngine() {
        assertThat(DockerCondition.decide(true, true, "x").isDisabled()).isFalse();
        assertThat(DockerCondition.decide(true, false, "x").isDisabled()).isFalse();
    }

    @Test
    void skipsForAPersonWithoutOne() {
        assertThat(DockerCondition.decide(false, false, "x").isDisabled()).isTrue();
    }

    @Test
    void failsWithoutOneWhereItWasPromised() {
        assertThatThrownBy(() -> DockerCondition.decide(false, true, "x"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("IT_REQUIRE_DOCKER");
    }
}
