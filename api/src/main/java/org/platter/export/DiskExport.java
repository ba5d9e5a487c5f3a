// SPDX-License-Identifier: Apache-2.0
package org.platter.export;

import java.io.Closeable;
import java.net.URI;
import org.osgi.annotation.versioning.ProviderType;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;

/**
 * A disk on offer. Implemented by the platform, lives until {@link #close()} or until its exporter goes away; safe for
 * use by many threads. While it lives the disk stays fully usable: snapshots, jobs and the swap of a format's bundle
 * cost its clients time, never an error.
 */
@ProviderType
public interface DiskExport extends Closeable {
    /** What it was made from; a port of 0 is replaced by the port in use. */
    ExportRequest request();

    /** The name that clients ask for; empty for the default export of its address. */
    default String name() {
        return request().name();
    }

    /** How clients reach it: {@code nbd://127.0.0.1:10809/name}. */
    URI uri();

    /** The disk on offer; the caller that exported it closes it. */
    VirtualDisk disk();

    /** True if clients cannot change the disk, because the request or the disk says so. */
    boolean readOnly();

    /** What its clients have done so far. */
    ExportStatistics statistics();

    /**
     * Takes the disk off offer: no new clients, requests under way are answered, connections end, the disk is flushed.
     * The disk stays open. Closing twice is allowed.
     *
     * @throws DiskException if the flush fails
     */
    @Override
    void close() throws DiskException;
}
