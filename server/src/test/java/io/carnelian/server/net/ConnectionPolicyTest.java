package io.carnelian.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionPolicyTest {
    private final ConnectionPolicy policy = new ConnectionPolicy(client -> {});

    private @Nullable String refusal(String ip) throws UnknownHostException {
        byte[] text = policy.refusal(new InetSocketAddress(InetAddress.getByName(ip), 50000), 1);
        return text == null ? null : new String(text, StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"})
    void thisMachineIsAlwaysLetIn(String ip) throws UnknownHostException {
        assertThat(refusal(ip)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.2", "10.0.0.1", "fd00::2", "128.0.0.1"})
    void othersOnlyWithAPasswordOrWithoutProtection(String ip) throws UnknownHostException {
        assertThat(refusal(ip))
                .startsWith("-DENIED Redis is running in protected mode because protected mode is")
                .endsWith("to start accepting connections from the outside.\r\n")
                .hasSize(1067);
        policy.authenticationRequired = true;
        assertThat(refusal(ip)).isNull();
        policy.authenticationRequired = false;
        policy.protectedMode = false;
        assertThat(refusal(ip)).isNull();
    }

    @Test
    void unixSocketsAreOfThisMachine() {
        assertThat(policy.refusal(null, 1)).isNull();
    }

    @Test
    void onlySoManyAreLetIn() throws UnknownHostException {
        policy.maxClients = 2;
        assertThat(refusal("127.0.0.1")).isNull();
        assertThat(policy.refusal(null, 2))
                .asString(StandardCharsets.ISO_8859_1)
                .isEqualTo("-ERR max number of clients reached\r\n");
    }
}
