// SPDX-License-Identifier: Apache-2.0
package org.platter.export;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;

/**
 * How to offer a disk. Immutable; start with {@link #of} and add.
 *
 * @param name what clients ask for, at most {@value #MAX_NAME} bytes of UTF-8 without NUL; empty: the default export of
 *     its address. An address without such a one gives its oldest export to clients that name none
 * @param address where to listen: an {@link InetSocketAddress}, whose port may be 0 for any free one, or a
 *     {@link UnixDomainSocketAddress}
 * @param readOnly true if clients must not change the disk, even where it could be
 * @param description one line for people, may be empty
 * @param tls how connections are encrypted; empty: they are not
 */
public record ExportRequest(
        String name, SocketAddress address, boolean readOnly, String description, Optional<ExportTls> tls) {
    /** The longest name and description, bytes of UTF-8. */
    public static final int MAX_NAME = 4096;

    /** The port that is registered for NBD. */
    public static final int PORT = 10809;

    /** Checks the texts and the kind of address. */
    public ExportRequest {
        Objects.requireNonNull(tls);
        checkText(name);
        checkText(description);
        boolean resolved = address instanceof InetSocketAddress inet && !inet.isUnresolved();
        if (!resolved
                && !(address instanceof UnixDomainSocketAddress unix
                        && !unix.getPath().toString().isEmpty())) {
            throw new IllegalArgumentException("cannot listen at " + address);
        }
    }

    /** The disk under that name at the usual port of the loopback interface, without encryption. */
    public static ExportRequest of(String name) {
        return new ExportRequest(name, loopback(), false, "", Optional.empty());
    }

    /** The same under this name. */
    public ExportRequest withName(String text) {
        return new ExportRequest(text, address, readOnly, description, tls);
    }

    /** The same at this address. */
    public ExportRequest at(SocketAddress place) {
        return new ExportRequest(name, place, readOnly, description, tls);
    }

    /** The same, for reading only. */
    public ExportRequest asReadOnly() {
        return new ExportRequest(name, address, true, description, tls);
    }

    /** The same with a line for people. */
    public ExportRequest describedAs(String text) {
        return new ExportRequest(name, address, readOnly, text, tls);
    }

    /** The same with encryption. */
    public ExportRequest withTls(ExportTls encryption) {
        return new ExportRequest(name, address, readOnly, description, Optional.of(encryption));
    }

    private static InetSocketAddress loopback() {
        try {
            // by bytes: no name is looked up, and no preference for IPv6 can change what "loopback" is
            return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), PORT);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void checkText(String text) {
        if (text.indexOf('\0') >= 0 || text.getBytes(StandardCharsets.UTF_8).length > MAX_NAME) {
            throw new IllegalArgumentException("a name or description has a NUL or more than " + MAX_NAME + " bytes");
        }
    }

    /** True if other hosts can connect and nothing is encrypted. */
    public boolean unguarded() {
        return tls.isEmpty()
                && address instanceof InetSocketAddress internet
                && !internet.getAddress().isLoopbackAddress();
    }
}
