// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.util.List;
import java.util.Map;

/** The smallest blocks, and little room behind the map: a disk that grows has to move its first blocks. */
class VdiSmallBlocksContractTest extends VdiContractTest {
    @Override
    protected Map<String, String> config() {
        return Map.of(VdiBackend.BLOCK_SIZE, "4096", VdiBackend.ALIGNMENT, "4096");
    }

    @Override
    protected List<Integer> sizes() {
        return List.of(128 * 4096, (1 << 20) + 3 * 512);
    }

    /** The map of 32 GiB takes as much room as that of 8 TiB in blocks of 1 MiB. */
    @Override
    protected long largeSize() {
        return 32L << 30;
    }
}
