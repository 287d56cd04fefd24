package io.carnelian.integration.container;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.Network;
import java.util.Random;
import java.util.UUID;
import org.testcontainers.DockerClientFactory;

/**
 * The network on which nodes know each other, by name and by an address that stays theirs through
 * restarts and isolation: sentinels remember addresses. It leads nowhere else. Its addresses are of
 * 198.18.0.0/15, which RFC 2544 keeps for tests, so nothing real is hidden by them.
 */
final class Mesh implements AutoCloseable {
    private static final int FIRST_HOST = 10;
    private static final int TRIES = 20;

    private final DockerClient docker = DockerClientFactory.lazyClient();
    private final String id;
    private final String prefix;
    private int hosts;

    Mesh() {
        Random random = new Random();
        String madeId = null;
        String madePrefix = "";
        for (int i = 0; madeId == null; i++) {
            madePrefix = "198.18." + random.nextInt(256) + ".";
            try {
                madeId = make(madePrefix);
            } catch (DockerException overlaps) {
                if (i == TRIES) {
                    throw overlaps;
                }
            }
        }
        id = madeId;
        prefix = madePrefix;
    }

    private String make(String prefix) {
        Network.Ipam.Config addresses = new Network.Ipam.Config().withSubnet(prefix + "0/24");
        return docker.createNetworkCmd()
                .withName("carnelian-" + UUID.randomUUID())
                .withDriver("bridge")
                .withInternal(true)
                .withLabels(Engine.labels())
                .withIpam(new Network.Ipam().withConfig(addresses))
                .exec()
                .getId();
    }

    /** An address that nobody has yet. */
    synchronized String nextAddress() {
        return prefix + (FIRST_HOST + hosts++);
    }

    /** Lets a container be part of it. */
    void join(String containerId, String name, String address) {
        ContainerNetwork.Ipam fixed = new ContainerNetwork.Ipam().withIpv4Address(address);
        docker.connectToNetworkCmd()
                .withNetworkId(id)
                .withContainerId(containerId)
                .withContainerNetwork(
                        new ContainerNetwork().withAliases(name).withIpamConfig(fixed))
                .exec();
    }

    void leave(String containerId) {
        docker.disconnectFromNetworkCmd().withNetworkId(id).withContainerId(containerId).exec();
    }

    @Override
    public void close() {
        docker.removeNetworkCmd(id).exec();
    }
}
