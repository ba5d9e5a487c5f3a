// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.HostedHeader;
import org.platter.backend.vmdk.layout.Layout;
import org.platter.storage.Storage;

/** The header of a hosted sparse extent. What stands behind its known fields stays as it is. */
final class HostedHeaderFile implements HeaderFile {
    private final Storage storage;
    private final ByteBuffer sector;
    private final HostedHeader header;

    HostedHeaderFile(Storage storage) throws IOException {
        this.storage = storage;
        sector = Sectors.read(storage, 0, HostedHeader.BYTES, "VMDK sparse header");
        header = HostedHeader.decode(sector).validated();
    }

    HostedHeader header() {
        return header;
    }

    @Override
    public boolean unclean() {
        return header.unclean() != 0;
    }

    @Override
    public void store(Layout layout, boolean unclean, long end) throws IOException {
        storage.write(header.with(layout).withUnclean(unclean).encodeInto(sector), 0);
    }
}
