// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.check;

import java.io.IOException;
import org.platter.backend.qcow2.layout.Annexes;
import org.platter.backend.qcow2.layout.Features;
import org.platter.backend.qcow2.layout.Header;
import org.platter.backend.qcow2.table.Space;
import org.platter.backend.qcow2.table.Volume;
import org.platter.error.DiskException;
import org.platter.format.Progress;

/**
 * Decides whether an image may be changed: nothing in it may lead a write to a wrong place. Counters of a dirty image are
 * expected to be wrong, and are mended before the first change.
 */
public final class Verification {
    private final Volume volume;
    private final Annexes annexes;
    private String damage = "";

    /** Looks at an image of which nothing is changed. */
    public Verification(Volume volume, Annexes annexes) {
        this.volume = volume;
        this.annexes = annexes;
    }

    /** Looks, and tells the volume what is in use. Gives what is wrong, or nothing. */
    public String run() throws IOException {
        Header header = volume.head().header();
        boolean dirty = header.has(Features.DIRTY);
        if (header.has(Features.CORRUPT)) {
            damage = "QCOW2 header: the image is marked as corrupt";
        }
        try {
            Examination examination =
                    new Examination(volume, annexes, (fault, number, what) -> note(fault, dirty, what), Progress.NONE);
            examination.run();
            volume.space(new Space(examination.used()));
        } catch (DiskException e) {
            damage = damage.isEmpty() ? e.getMessage() : damage;
        }
        return damage;
    }

    private void note(Fault fault, boolean dirty, String what) {
        boolean stale = dirty && (fault == Fault.LOW || fault == Fault.SHARED || fault == Fault.TABLE_SHARED);
        if (fault.blocks && !stale && damage.isEmpty()) {
            damage = what;
        }
    }
}
