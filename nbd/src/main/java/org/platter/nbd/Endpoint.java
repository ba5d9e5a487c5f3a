// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.platter.nbd.net.Connection;
import org.platter.nbd.net.EventLoop;
import org.platter.nbd.net.Listener;
import org.platter.nbd.session.Directory;
import org.platter.nbd.session.Negotiation;
import org.platter.nbd.session.Offer;

/** One address: who listens there, what is on offer, who is connected. */
final class Endpoint implements Directory {
    private static final Logger LOG = System.getLogger(Endpoint.class.getName());

    private final Server server;
    private final Optional<Encryption> encryption;
    private final List<Offer> offers = new CopyOnWriteArrayList<>();
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Listener listener;

    /** Listens at the address with its first offer. */
    Endpoint(Server server, SocketAddress address, Optional<Encryption> encryption) throws IOException {
        this.server = server;
        this.encryption = encryption;
        this.listener = Listener.open(server.loop(), address, this::take);
    }

    SocketAddress address() {
        return listener.address();
    }

    void add(Offer offer) {
        offers.add(offer);
    }

    /** Takes an offer away; true if it was the last. */
    boolean remove(Offer offer) {
        offers.remove(offer);
        return offers.isEmpty();
    }

    /** Listens no more, and hangs up on those who have not chosen yet. */
    void close() {
        listener.close();
        connections.forEach(Connection::close);
    }

    private void take(SocketChannel channel) {
        if (!server.admit()) {
            LOG.log(Level.WARNING, "a client is turned away: there are too many");
            EventLoop.closeQuietly(channel);
            return;
        }
        Connection connection = new Connection(
                server.loop(),
                channel,
                server.terms().buffers(),
                server.limits().stallMillis());
        Negotiation negotiation = new Negotiation(connection, this, server.terms());
        connections.add(connection);
        connection.whenClosed(() -> {
            connections.remove(connection);
            server.release();
        });
        try {
            connection.start(negotiation);
            negotiation.greet();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "a client was gone at once", e);
            connection.close();
        }
    }

    @Override
    public Optional<Offer> find(String name) {
        Optional<Offer> found = offers.stream()
                .filter(offer -> offer.request().name().equals(name))
                .findFirst();
        return found.isPresent() || !name.isEmpty() ? found : offers.stream().findFirst();
    }

    @Override
    public List<Offer> offers() {
        return List.copyOf(offers);
    }

    @Override
    public Optional<Encryption> encryption() {
        return encryption;
    }
}
