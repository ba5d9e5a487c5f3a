// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.format.ParentLink;
import org.platter.testkit.FormatBackendContract;

/** Dynamic, fixed and differencing images in blocks of 1 MiB and sectors of 512 bytes. */
class VhdxContractTest extends FormatBackendContract {
    @Override
    protected FormatBackend backend() {
        return new VhdxBackend();
    }

    @Override
    protected Set<Capability> promised() {
        return VhdxBackend.CAPABILITIES;
    }

    @Override
    protected String fileName() {
        return "disk.vhdx";
    }

    @Override
    protected Map<String, String> config() {
        return Map.of(VhdxBackend.BLOCK_SIZE, "1048576");
    }

    /** There are no comments and no geometry. */
    @Override
    protected Set<Stored> stored() {
        return EnumSet.noneOf(Stored.class);
    }

    /** A parent is known by its modification UUID alone. */
    @Override
    protected ParentLink link(long seed) {
        return new ParentLink(ParentLink.NIL, new UUID(seed, 3), "", List.of("parent" + seed + ".img"));
    }
}
