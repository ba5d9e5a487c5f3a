// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.login;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.platter.backend.iscsi.wire.Link;
import org.platter.storage.TcpConnector;

/**
 * Makes connections and logs in on them, following redirections as far as the policy goes. Always starts at the
 * configured address. Safe for use by many threads.
 */
public final class Connector {
    /** How far redirections are followed. */
    public enum Redirects {
        /** Anywhere; but an initiator that proves itself to a target that does not stays on the same host. */
        SAFE,
        /** Not at all. */
        NONE,
        /** To other ports of the same host. */
        SAME_HOST,
        /** Anywhere. */
        ANY
    }

    private static final System.Logger LOG = System.getLogger("org.platter.backend.iscsi");
    private static final int MOST_HOPS = 4;
    private static final int LOGIN_DATA = 8192;

    private final TcpConnector connector;
    private final Portal portal;
    private final Optional<Credentials> credentials;
    private final Offer offer;
    private final Redirects redirects;

    /** A dialer that begins at {@code portal}. */
    public Connector(
            TcpConnector connector,
            Portal portal,
            Optional<Credentials> credentials,
            Offer offer,
            Redirects redirects) {
        this.connector = connector;
        this.portal = portal;
        this.credentials = credentials;
        this.offer = offer;
        this.redirects = redirects;
    }

    /** The same that begins at another portal. */
    public Connector to(Portal other) {
        return new Connector(connector, other, credentials, offer, redirects);
    }

    /** The same without an account, unless the target has to prove itself too. */
    Connector withoutOneWayChap() {
        boolean mutual = credentials.isPresent() && credentials.get().mutual();
        return mutual ? this : new Connector(connector, portal, Optional.empty(), offer, redirects);
    }

    /** The configured address. */
    public Portal portal() {
        return portal;
    }

    /** Overwrites what could authenticate somebody. */
    public void forgetSecrets() {
        credentials.ifPresent(Credentials::clear);
    }

    /** A connection that the target has let in, made before the deadline of {@link System#nanoTime()}. */
    public LoggedIn dial(Identity identity, long deadline) throws IOException {
        Portal next = portal;
        Set<Portal> tried = new HashSet<>();
        while (true) {
            if (!tried.add(next) || tried.size() > MOST_HOPS) {
                throw new ProtocolException("redirected in a circle, at last to " + next);
            }
            try {
                return login(next, identity, deadline);
            } catch (LoginRefused e) {
                Portal to = e.redirect().orElseThrow(() -> e);
                checkPolicy(next, to);
                LOG.log(Level.INFO, "iSCSI {0}: {1} redirects to {2}", identity, next, to);
                next = to;
            }
        }
    }

    private void checkPolicy(Portal from, Portal to) throws ProtocolException {
        boolean same = to.host().equalsIgnoreCase(from.host());
        boolean exposed = credentials.isPresent() && !credentials.get().mutual();
        boolean allowed = redirects == Redirects.ANY
                || redirects == Redirects.SAME_HOST && same
                || redirects == Redirects.SAFE && (same || !exposed);
        if (!allowed) {
            throw new ProtocolException("redirected to " + to + ", which the policy "
                    + redirects.name().toLowerCase(Locale.ROOT) + " does not allow"
                    + (exposed ? " for an initiator that proves itself" : ""));
        }
    }

    private LoggedIn login(Portal to, Identity identity, long deadline) throws IOException {
        Link link = new Link(connect(to, deadline), LOGIN_DATA);
        try {
            return new Login(link, named(identity, link), credentials, offer, deadline).run();
        } catch (IOException | RuntimeException e) {
            link.close();
            throw e;
        }
    }

    /** An initiator without a configured name is called after our end of the connection. */
    private static Identity named(Identity identity, Link link) {
        if (!identity.initiator().isEmpty()) {
            return identity;
        }
        String address = link.local().getAddress().getHostAddress().replaceAll("%.*", "");
        return new Identity(
                "iqn.2026-01.org.platter:" + address, identity.target(), identity.portalGroup(), identity.isid());
    }

    private SocketChannel connect(Portal to, long deadline) throws IOException {
        IOException failure = null;
        InetAddress[] addresses = resolve(to.host());
        for (int i = 0; i < addresses.length; i++) {
            Duration left = Duration.ofNanos(deadline - System.nanoTime()).dividedBy(addresses.length - i);
            if (left.toMillis() <= 0) {
                break;
            }
            try {
                return connector.connect(new InetSocketAddress(addresses[i], to.port()), left);
            } catch (IOException e) {
                failure = e;
            }
        }
        throw failure == null ? new SocketTimeoutException("no time left to connect to " + to) : failure;
    }

    private static InetAddress[] resolve(String host) throws IOException {
        try {
            return InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            throw new UnknownHostException("host '" + host + "' is unknown");
        }
    }
}
