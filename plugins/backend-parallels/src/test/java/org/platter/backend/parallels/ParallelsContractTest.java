// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.parallels;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.format.ImageFlag;
import org.platter.testkit.FormatBackendContract;

/** Images in clusters of 64 KiB, so that small disks have many; the format knows growing images only. */
class ParallelsContractTest extends FormatBackendContract {
    @Override
    protected FormatBackend backend() {
        return new ParallelsBackend();
    }

    @Override
    protected Set<Capability> promised() {
        return ParallelsBackend.CAPABILITIES;
    }

    @Override
    protected String fileName() {
        return "disk.hds";
    }

    @Override
    protected Map<String, String> config() {
        return Map.of(ParallelsBackend.CLUSTER_SIZE, "65536");
    }

    /** The header has a geometry that means nothing, and nothing for people. */
    @Override
    protected Set<Stored> stored() {
        return EnumSet.noneOf(Stored.class);
    }

    @Override
    protected boolean marksZeroes(Set<ImageFlag> flags) {
        return true;
    }
}
