// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.util.List;
import java.util.Map;

/** The same in larger blocks, of which a small disk has one or two. */
class VhdxLargeBlocksContractTest extends VhdxContractTest {
    @Override
    protected Map<String, String> config() {
        return Map.of(VhdxBackend.BLOCK_SIZE, "4194304");
    }

    @Override
    protected List<Integer> sizes() {
        return List.of(1 << 20, (5 << 20) + 512);
    }

    @Override
    protected long largeSize() {
        return 60L << 40;
    }
}
