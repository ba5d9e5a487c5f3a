// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.util.Map;

/** The same with many blocks in a small disk. */
class VhdSmallBlocksContractTest extends VhdContractTest {
    @Override
    protected Map<String, String> config() {
        return Map.of(VhdBackend.BLOCK_SIZE, "32768");
    }

    @Override
    protected long largeSize() {
        return 100L << 30;
    }
}
