// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.backend.vhdx.layout.Header;

/** Files in states in which programs leave them only when they are killed. */
final class VhdxBytes {
    private VhdxBytes() {}

    /** A file whose headers name the log again that was retired last: as it was before the sectors were in place. */
    static byte[] withLiveLog(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        UUID log = Bytes.guid(bytes.duplicate().order(bytes.order()).position((1 << 20) + 32));
        for (int place : new int[] {64 << 10, 128 << 10}) {
            Header header = Header.decode(bytes.duplicate().order(bytes.order()).position(place));
            bytes.put(
                    place,
                    header.next(header.fileWrite(), header.dataWrite(), log)
                            .encode()
                            .array());
        }
        return file;
    }
}
