// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.platter.format.ImageFlag;

/** Images with marks for zeroes, in small grains. */
class ZeroedGrainsContractTest extends VmdkContractTest {
    @Override
    protected List<Set<ImageFlag>> variants() {
        return List.of(Set.of(), Set.of(ImageFlag.DIFF), Set.of(ImageFlag.SPLIT_2G, ImageFlag.DIFF));
    }

    @Override
    protected Map<String, String> config() {
        return Map.of("ExtentSize", "1048576", "GrainSize", "4096", "ZeroedGrains", "1");
    }

    @Override
    protected boolean marksZeroes(Set<ImageFlag> flags) {
        return true;
    }
}
