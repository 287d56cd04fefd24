package io.carnelian.server.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.admin.AdminFixture;
import io.carnelian.server.info.Info;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ConnectionInfoTest {
    @RegisterExtension final AdminFixture server = new AdminFixture();

    private final AtomicLong received = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();

    /** 16 samples in 1.6 s, of which the mean is shown. */
    @Test
    void trafficIsShownInKilobytesASecond() {
        Info info = new Info();
        ConnectionInfo connections =
                new ConnectionInfo(
                        server.server.clients(),
                        server.blocked,
                        new ConnectionInfo.Traffic(received::get, sent::get));
        connections.addTo(info);
        for (int i = 0; i <= 16; i++) {
            connections.sample(1000 + i * 100);
            received.addAndGet(1024);
            sent.addAndGet(512 * 1024);
        }
        assertThat(info.text(List.of("stats")))
                .contains("instantaneous_input_kbps:10.00", "instantaneous_output_kbps:5120.00");
    }
}
