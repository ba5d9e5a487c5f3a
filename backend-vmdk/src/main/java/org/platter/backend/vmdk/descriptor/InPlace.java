// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import org.platter.backend.vmdk.extent.Sectors;

/** Judges whether a text may take the place of another, sector by sector in any order. */
final class InPlace {
    private InPlace() {}

    /** True if no line moves, and no line changes in more than one sector. */
    static boolean safe(byte[] old, byte[] wanted) {
        if (old.length != wanted.length) {
            return false;
        }
        int sector = -1; // where the present line changes
        for (int i = 0; i < old.length; i++) {
            if (old[i] != wanted[i]) {
                if (old[i] == '\n' || wanted[i] == '\n' || sector >= 0 && sector != i / Sectors.BYTES) {
                    return false;
                }
                sector = i / Sectors.BYTES;
            } else if (old[i] == '\n') {
                sector = -1;
            }
        }
        return true;
    }
}
