// SPDX-License-Identifier: Apache-2.0
package com.example.crate;

import java.util.List;
import java.util.Set;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.format.ImageFlag;
import org.platter.testkit.FormatBackendContract;

/** What every format must do, run against crates; the methods here say what a crate is and can. */
class CrateContractTest extends FormatBackendContract {
    @Override
    protected FormatBackend backend() {
        return new CrateBackend();
    }

    @Override
    protected Set<Capability> promised() {
        return CrateBackend.CAPABILITIES;
    }

    /** Asked for nothing special, a crate is made fixed all the same. */
    @Override
    protected List<Set<ImageFlag>> variants() {
        return List.of(Set.of(), Set.of(ImageFlag.FIXED));
    }

    @Override
    protected Set<ImageFlag> shown(Set<ImageFlag> asked) {
        return Set.of(ImageFlag.FIXED);
    }

    /** No comment, no geometry. */
    @Override
    protected Set<Stored> stored() {
        return Set.of();
    }
}
