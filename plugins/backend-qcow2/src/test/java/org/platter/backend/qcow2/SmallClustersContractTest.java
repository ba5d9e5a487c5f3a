// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.util.List;
import java.util.Map;

/** The same with very many clusters and wide counters: tables of counters grow, and so does the L1 table. */
class SmallClustersContractTest extends Qcow2ContractTest {
    @Override
    protected Map<String, String> config() {
        return Map.of("cluster_size", "512", "refcount_bits", "64");
    }

    @Override
    protected List<Integer> sizes() {
        return List.of(1 << 16, (1 << 18) + 3 * 512, (1 << 19) + 5 * 512);
    }

    @Override
    protected long largeSize() {
        return 100L << 30;
    }
}
