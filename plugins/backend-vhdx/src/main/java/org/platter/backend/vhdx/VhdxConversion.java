// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.io.IOException;
import org.platter.storage.Storage;

/**
 * Makes the table of an image fit to lose its parent, or to get one. Losing: sectors that are not noted become zeroes and
 * partial blocks full ones. Getting: what the image does not have comes from the parent.
 */
final class VhdxConversion {
    private VhdxConversion() {}

    static void run(Storage storage, VhdxMap map) throws IOException {
        for (long block = 0; block < map.blocks(); block++) {
            long entry = map.entry(block);
            if (VhdxMap.state(entry) == VhdxMap.PARTIAL) {
                fill(storage, map, block, VhdxMap.position(entry));
                map.set(block, VhdxMap.FULL, VhdxMap.position(entry));
            } else if (!map.differencing() && !VhdxMap.inFile(entry) && VhdxMap.state(entry) != VhdxMap.ZERO) {
                if (entry != VhdxMap.NOT_PRESENT) {
                    map.set(block, VhdxMap.NOT_PRESENT, 0);
                }
            }
        }
        if (map.differencing()) {
            return;
        }
        for (long chunk = 0; chunk < map.chunks(); chunk++) {
            if (map.bitmap(chunk) != 0) {
                map.setBitmap(chunk, 0);
            }
        }
    }

    private static void fill(Storage storage, VhdxMap map, long block, long position) throws IOException {
        long sectors = map.blockSize() / map.sectorSize();
        for (long from = 0; from < sectors; ) {
            long to = map.sameEnd(block, from, sectors);
            if (!map.has(block, from)) {
                storage.zero(position + from * map.sectorSize(), (to - from) * map.sectorSize());
            }
            from = to;
        }
    }
}
