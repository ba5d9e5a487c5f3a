// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.util.Map;

/** The same with few clusters, whose tables are read in parts. */
class LargeClustersContractTest extends Qcow2ContractTest {
    @Override
    protected Map<String, String> config() {
        return Map.of("cluster_size", "256K", "refcount_bits", "8");
    }
}
