// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.testkit.FormatBackendContract;

/** Images as they are made when nothing is asked for: dynamic, fixed and differencing, in blocks of 1 MiB. */
class VdiContractTest extends FormatBackendContract {
    @Override
    protected FormatBackend backend() {
        return new VdiBackend();
    }

    @Override
    protected Set<Capability> promised() {
        return VdiBackend.CAPABILITIES;
    }

    @Override
    protected String fileName() {
        return "disk.vdi";
    }

    /** The physical geometry has no place in a VDI. */
    @Override
    protected Set<Stored> stored() {
        return EnumSet.of(Stored.COMMENT, Stored.LOGICAL);
    }

    @Override
    protected Map<String, String> config() {
        return Map.of();
    }
}
