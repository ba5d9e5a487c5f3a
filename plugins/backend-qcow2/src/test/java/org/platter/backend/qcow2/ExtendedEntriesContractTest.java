// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.util.Map;

/** The same with subclusters. */
class ExtendedEntriesContractTest extends Qcow2ContractTest {
    @Override
    protected Map<String, String> config() {
        return Map.of("cluster_size", "16K", "extended_l2", "on");
    }
}
