// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.backend.vmdk.layout.CowdHeader;
import org.platter.backend.vmdk.layout.Layout;
import org.platter.storage.Storage;

/** The header of a COWD extent. What stands between and behind its known fields stays as it is. */
final class CowdHeaderFile implements HeaderFile {
    private final Storage storage;
    private final ByteBuffer bytes;
    private final CowdHeader header;

    CowdHeaderFile(Storage storage) throws IOException {
        this.storage = storage;
        bytes = CowdHeader.read(storage);
        header = CowdHeader.decode(bytes).validated();
    }

    CowdHeader header() {
        return header;
    }

    @Override
    public boolean unclean() {
        return header.unclean() != 0;
    }

    /** The sectors hold independent facts, so that it does not matter if only some of them get there. */
    @Override
    public void store(Layout layout, boolean unclean, long end) throws IOException {
        storage.write(header.with(layout, unclean, end).encodeInto(bytes), 0);
    }
}
