// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.util.EnumSet;
import java.util.Set;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.format.ImageFlag;
import org.platter.testkit.FormatBackendContract;

/** Images as they are made when nothing is asked for: version 3, clusters of 64 KiB. */
class Qcow2ContractTest extends FormatBackendContract {
    @Override
    protected FormatBackend backend() {
        return new Qcow2Backend();
    }

    @Override
    protected Set<Capability> promised() {
        return Qcow2Backend.CAPABILITIES;
    }

    @Override
    protected String fileName() {
        return "disk.qcow2";
    }

    @Override
    protected Set<Stored> stored() {
        return EnumSet.noneOf(Stored.class);
    }

    @Override
    protected Set<ImageFlag> shown(Set<ImageFlag> asked) {
        Set<ImageFlag> flags = super.shown(asked);
        flags.remove(ImageFlag.COMPRESSED);
        return flags;
    }
}
