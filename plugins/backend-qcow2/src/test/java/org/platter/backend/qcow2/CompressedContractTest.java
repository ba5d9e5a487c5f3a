// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.platter.format.ImageFlag;

/** The same for images that are compressed as far as they are written in order. */
class CompressedContractTest extends Qcow2ContractTest {
    @Override
    protected Map<String, String> config() {
        return Map.of("cluster_size", "4096", "compression_type", "zstd");
    }

    @Override
    protected List<Set<ImageFlag>> variants() {
        return List.of(Set.of(ImageFlag.COMPRESSED), Set.of(ImageFlag.COMPRESSED, ImageFlag.DIFF));
    }

    /** Positions of compressed data are offsets on the disk. */
    @Override
    protected void freedStorageIsUsedAgain(Case test) {}
}
