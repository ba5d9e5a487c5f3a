// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.export.DiskExport;
import org.platter.export.ExportRequest;
import org.platter.export.ExportStatistics;
import org.platter.export.ExportTls;
import org.platter.nbd.session.Offer;

/** One export. */
final class NbdExport implements DiskExport {
    private final NbdExporter exporter;
    private final VirtualDisk disk;
    private final Offer offer;

    NbdExport(NbdExporter exporter, VirtualDisk disk, Offer offer) {
        this.exporter = exporter;
        this.disk = disk;
        this.offer = offer;
    }

    Offer offer() {
        return offer;
    }

    @Override
    public ExportRequest request() {
        return offer.request();
    }

    @Override
    public URI uri() {
        boolean required = request()
                .tls()
                .filter(tls -> tls.mode() == ExportTls.Mode.REQUIRED)
                .isPresent();
        return uri(required ? "nbds" : "nbd", request().address(), request().name());
    }

    private static URI uri(String scheme, SocketAddress address, String name) {
        String path = "/" + encode(name);
        if (address instanceof UnixDomainSocketAddress unix) {
            return URI.create(scheme + "+unix://" + path + "?socket="
                    + encode(unix.getPath().toString()).replace("%2F", "/"));
        }
        InetSocketAddress inet = (InetSocketAddress) address;
        String host = inet.getAddress().isAnyLocalAddress()
                ? "localhost"
                : inet.getAddress().getHostAddress();
        boolean bracketed = inet.getAddress() instanceof Inet6Address && host.contains(":");
        return URI.create(scheme + "://" + (bracketed ? "[" + host.replace("%", "%25") + "]" : host) + ":"
                + inet.getPort() + path);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public VirtualDisk disk() {
        return disk;
    }

    @Override
    public boolean readOnly() {
        return offer.readOnly();
    }

    @Override
    public ExportStatistics statistics() {
        return offer.counters().snapshot();
    }

    @Override
    public void close() throws DiskException {
        if (exporter.end(this) && !disk.readOnly()) {
            try {
                disk.flush();
            } catch (DiskException e) {
                // closed meanwhile, and closing flushes
                if (e.code() != ErrorCode.NOT_OPENED) {
                    throw e;
                }
            }
        }
    }
}
