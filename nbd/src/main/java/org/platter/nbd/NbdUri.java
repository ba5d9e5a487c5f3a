// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.export.ExportRequest;
import org.platter.export.ExportTls;

/**
 * Addresses as clients write them: {@code nbd://host:port/name} and {@code nbd+unix:///name?socket=path}, or {@code
 * nbds} for both where encryption is required.
 */
final class NbdUri {
    private static final String SOCKET = "socket=";

    private NbdUri() {}

    /** How clients reach an export. */
    static URI of(ExportRequest request) {
        boolean required = request.tls()
                .filter(tls -> tls.mode() == ExportTls.Mode.REQUIRED)
                .isPresent();
        String scheme = required ? "nbds" : "nbd";
        String name = "/" + encode(request.name());
        if (request.address() instanceof UnixDomainSocketAddress unix) {
            String path = encode(unix.getPath().toString()).replace("%2F", "/");
            return URI.create(scheme + "+unix://" + name + "?" + SOCKET + path);
        }
        InetSocketAddress inet = (InetSocketAddress) request.address();
        return URI.create(scheme + "://" + host(inet.getAddress()) + ":" + inet.getPort() + name);
    }

    private static String host(InetAddress address) {
        if (address.isAnyLocalAddress()) {
            return "localhost";
        }
        String text = address.getHostAddress();
        return address instanceof Inet6Address ? "[" + text.replace("%", "%25") + "]" : text;
    }

    /**
     * Name and address that the text says; without host the loopback interface, without port the usual one.
     *
     * @throws DiskException {@code BAD_VALUE} if it is no such text
     */
    static ExportRequest parse(String text) throws DiskException {
        try {
            URI uri = URI.create(text);
            String path = uri.getRawPath() == null ? "" : uri.getRawPath();
            String name = decode(path.startsWith("/") ? path.substring(1) : path);
            return ExportRequest.of(name).at(address(uri, text));
        } catch (IllegalArgumentException | UnknownHostException e) {
            throw bad(text);
        }
    }

    private static SocketAddress address(URI uri, String text) throws UnknownHostException, DiskException {
        String scheme = String.valueOf(uri.getScheme());
        String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
        if (scheme.matches("nbds?\\+unix") && query.startsWith(SOCKET)) {
            return unix(decode(query.substring(SOCKET.length())), text);
        }
        if (!scheme.matches("nbds?") || !query.isEmpty()) {
            throw bad(text);
        }
        InetSocketAddress usual = (InetSocketAddress) ExportRequest.of("").address();
        InetAddress host = uri.getHost() == null ? usual.getAddress() : InetAddress.getByName(uri.getHost());
        return new InetSocketAddress(host, uri.getPort() < 0 ? usual.getPort() : uri.getPort());
    }

    private static SocketAddress unix(String path, String text) throws DiskException {
        try {
            return UnixDomainSocketAddress.of(path);
        } catch (InvalidPathException e) {
            throw bad(text);
        }
    }

    private static DiskException bad(String text) {
        return new DiskException(
                ErrorCode.BAD_VALUE,
                "'" + text + "' is no place to export at, such as nbd://127.0.0.1:10809/name"
                        + " or nbd+unix:///name?socket=/run/name.sock");
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
