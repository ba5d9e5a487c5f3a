// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.util.List;
import java.util.Set;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;

class ToyContractTest extends FormatBackendContract {
    @Override
    protected FormatBackend backend() {
        return new ToyBackend();
    }

    @Override
    protected Set<Capability> promised() {
        return ToyBackend.CAPABILITIES;
    }

    @Override
    protected List<Integer> sizes() {
        return List.of(512, 1 << 16, 40 * 65536 + 3 * 512, 20 * 65536);
    }

    @Override
    protected long largeSize() {
        return 1L << 36;
    }
}
