// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.util.Map;
import java.util.Set;
import org.platter.format.ImageFlag;

/** The same in version 2, which has no zero marks. */
class OldVersionContractTest extends Qcow2ContractTest {
    @Override
    protected Map<String, String> config() {
        return Map.of("cluster_size", "4096", "compat", "0.10");
    }

    @Override
    protected boolean marksZeroes(Set<ImageFlag> flags) {
        return !flags.contains(ImageFlag.DIFF);
    }
}
