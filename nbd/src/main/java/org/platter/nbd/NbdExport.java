// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import java.net.URI;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.export.DiskExport;
import org.platter.export.ExportRequest;
import org.platter.export.ExportStatistics;
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
        return NbdUri.of(request());
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
