package io.carnelian.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CollectionLoadTest {
    @Test
    void elementsAreNamedAsRedisBenchmarkDrawsThem() {
        assertThat(CollectionLoad.numbered("element:", 42)).isEqualTo("element:000000000042");
        assertThat(CollectionLoad.numbered("", 123_456_789_012L)).isEqualTo("123456789012");
    }

    @Test
    void onlyTestsThatTakeElementsOutNeedThemLoaded() {
        assertThat(CollectionLoad.takes("SPOP")).isTrue();
        assertThat(CollectionLoad.takes("SADD")).isFalse();
        assertThat(CollectionLoad.takes("LRANGE_100")).isFalse();
    }
}
