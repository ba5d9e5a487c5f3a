// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.raw;

import static org.platter.format.Capability.ASYNC;
import static org.platter.format.Capability.CHECK;
import static org.platter.format.Capability.CREATE_FIXED;
import static org.platter.format.Capability.DISCARD;
import static org.platter.format.Capability.FILE;
import static org.platter.format.Capability.RESIZE;

import java.util.List;
import java.util.Set;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.format.ImageFlag;
import org.platter.testkit.FormatBackendContract;

class RawContractTest extends FormatBackendContract {
    @Override
    protected FormatBackend backend() {
        return new RawBackend();
    }

    @Override
    protected Set<Capability> promised() {
        return Set.of(CREATE_FIXED, ASYNC, FILE, DISCARD, RESIZE, CHECK);
    }

    @Override
    protected List<Set<ImageFlag>> variants() {
        return List.of(Set.of(), Set.of(ImageFlag.FIXED));
    }

    @Override
    protected List<Integer> sizes() {
        return List.of(512, (1 << 20) + 3 * 512, 3 << 20);
    }

    @Override
    protected Set<ImageFlag> shown(Set<ImageFlag> asked) {
        return Set.of(ImageFlag.FIXED);
    }

    @Override
    protected Set<Stored> stored() {
        return Set.of();
    }

    @Override
    protected boolean recognisable() {
        return false;
    }
}
