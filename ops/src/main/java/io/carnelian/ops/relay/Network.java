package io.carnelian.ops.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Parties that reach one another through relays only.
 *
 * <pre>
 *   node-2 ──(comes from 127.0.0.102)──► relay of node-1 ──► node-1
 *   node-1 ──(comes from 127.0.0.101)──► relay of node-2 ──► node-2
 *   anybody else ──(127.0.0.1)─────────► relay of node-1 ──► node-1
 * </pre>
 *
 * Each party must announce its relay's port as its own, and must connect from its address; so both
 * ends of a link are known, whoever opens it. Who knows a party's own port passes by its relay.
 *
 * <p>All of 127.0.0.0/8 must be addresses of this machine, as on Linux.
 */
public final class Network implements AutoCloseable {
    private static final int FIRST = 101;
    private static final int MOST = 100;

    private final List<Party> parties = new ArrayList<>();

    /** One who is reached through a relay. */
    public static final class Party {
        private final String address;
        private final Relay relay;

        Party(String address, Relay relay) {
            this.address = address;
            this.relay = relay;
        }

        /** What it has to connect from. */
        public String address() {
            return address;
        }

        /** The port that it has to announce. */
        public int port() {
            return relay.port();
        }
    }

    /**
     * Puts a relay before a port.
     *
     * @throws IOException if this machine does not have the address
     */
    public Party join(int port) throws IOException {
        if (parties.size() == MOST) {
            throw new IllegalStateException("a network has at most " + MOST + " parties");
        }
        String address = "127.0.0." + (FIRST + parties.size());
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            assert probe.isBound();
        } catch (IOException e) {
            throw new IOException("links need the loopback address " + address, e);
        }
        Party party = new Party(address, new Relay(port));
        parties.add(party);
        return party;
    }

    /** Treats what passes between two, whoever connects; the flows are named as the first's. */
    public void between(Party one, Party other, Treatment treatment) {
        other.relay.treat(one.address, treatment);
        one.relay.treat(other.address, treatment.reversed());
    }

    /** Treats what passes between one and everybody else, parties or not. */
    public void around(Party one, Treatment treatment) {
        one.relay.treatOthers(treatment.reversed());
        for (Party other : parties) {
            if (other != one) {
                between(one, other, treatment);
            }
        }
    }

    /** Everything passes again. */
    public void heal() {
        parties.forEach(party -> party.relay.heal());
    }

    @Override
    public void close() throws IOException {
        for (Party party : parties) {
            party.relay.close();
        }
    }
}
