// SPDX-License-Identifier: Apache-2.0
package org.platter.export;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;

/**
 * Offers open disks to other programs over a network protocol: an OSGi service, implemented by the bundle of that
 * protocol. Safe for use by many threads. When the service goes away its exports are closed, the disks are not.
 */
@ProviderType
public interface DiskExporter {
    /**
     * Offers a disk; programs can connect when the call returns. Several exports share one address if their names
     * differ and they ask for the same encryption. A disk may be exported more than once.
     *
     * @throws DiskException {@code NOT_OPENED} if the disk has no image, {@code EXISTS} if the address has an export of
     *     that name or the socket's path is taken, {@code LOCKED} if another process listens there, {@code DENIED} if
     *     the host forbids it, {@code BAD_VALUE} if the encryption cannot be set up or differs from what others at the
     *     address ask for
     */
    DiskExport export(VirtualDisk disk, ExportRequest request) throws DiskException;

    /** All exports that are not closed, in the order of their making. */
    List<DiskExport> exports();
}
