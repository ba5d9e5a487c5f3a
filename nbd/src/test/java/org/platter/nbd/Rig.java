// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.export.DiskExport;
import org.platter.export.ExportRequest;
import org.platter.nbd.session.Limits;

/** A server at a free port of this host, and the clients of a test. */
final class Rig {
    final NbdExporter exporter;
    private final List<NbdClient> clients = new ArrayList<>();
    private SocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    Rig(Limits limits) {
        exporter = new NbdExporter(limits);
    }

    /** Exports the disk, all at one address. */
    DiskExport export(VirtualDisk disk, UnaryOperator<ExportRequest> with) throws DiskException {
        DiskExport export =
                exporter.export(disk, with.apply(ExportRequest.of("disk").at(address)));
        address = export.request().address();
        return export;
    }

    SocketAddress address() {
        return address;
    }

    /** Closes the client with the rig. */
    NbdClient track(NbdClient client) {
        clients.add(client);
        return client;
    }

    void close() {
        try {
            for (NbdClient client : clients) {
                client.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        exporter.close();
    }
}
