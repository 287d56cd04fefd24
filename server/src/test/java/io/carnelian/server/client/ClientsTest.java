package io.carnelian.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.resp.Output;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientsTest {
    private final Keyspace keyspace = new Keyspace(new Slabs(new Pages(1 << 26)), 1);
    private final Clients clients = new Clients();
    private final List<Client> visited = new ArrayList<>();

    private Client connect() {
        Output output = new Output(UnpooledByteBufAllocator.DEFAULT);
        Client client = new Client(clients.newId(), output, new NoLink(), keyspace.db(0), 0);
        clients.add(client);
        return client;
    }

    @Test
    void everyClientIsVisitedOnceASecond() {
        for (int i = 0; i < 1000; i++) {
            connect();
        }
        for (int tick = 0; tick < 10; tick++) {
            clients.visit(100, visited::add);
            assertThat(visited).hasSize((tick + 1) * 100);
        }
        assertThat(visited).containsExactlyInAnyOrderElementsOf(clients.all());
    }

    @Test
    void aVisitedClientMayGo() {
        for (int i = 0; i < 100; i++) {
            connect();
        }
        for (int tick = 0; tick < 100 && clients.size() > 0; tick++) {
            clients.visit(
                    100,
                    client -> {
                        visited.add(client);
                        clients.remove(client);
                        clients.remove(client);
                    });
        }
        assertThat(visited).hasSize(100).doesNotHaveDuplicates();
        clients.visit(100, visited::add);
        Client one = connect();
        clients.visit(100, visited::add);
        assertThat(visited).hasSize(101).endsWith(one);
    }
}
