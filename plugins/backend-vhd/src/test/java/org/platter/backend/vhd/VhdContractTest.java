// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.util.EnumSet;
import java.util.Set;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.format.ImageFlag;
import org.platter.testkit.FormatBackendContract;

/** Images as they are made when nothing is asked for: dynamic, fixed and differencing, in blocks of 2 MiB. */
class VhdContractTest extends FormatBackendContract {
    @Override
    protected FormatBackend backend() {
        return new VhdBackend();
    }

    @Override
    protected Set<Capability> promised() {
        return VhdBackend.CAPABILITIES;
    }

    @Override
    protected String fileName() {
        return "disk.vhd";
    }

    /** There is one geometry, and no comment. */
    @Override
    protected Set<Stored> stored() {
        return EnumSet.of(Stored.PHYSICAL);
    }

    @Override
    protected boolean modificationUuids() {
        return false;
    }

    /** A sector without a bit is zero in a base image, but the parent's in a differencing one. */
    @Override
    protected boolean marksZeroes(Set<ImageFlag> flags) {
        return !flags.contains(ImageFlag.DIFF);
    }
}
