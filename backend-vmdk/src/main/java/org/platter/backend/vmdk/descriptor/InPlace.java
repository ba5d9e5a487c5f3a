// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.platter.backend.vmdk.extent.Sectors;

/** Judges whether a text may take the place of another, sector by sector in any order. */
final class InPlace {
    private InPlace() {}

    /** True if no line moves, no line changes in more than one sector, and neither do those that name the parent. */
    static boolean safe(byte[] old, byte[] wanted) {
        if (old.length != wanted.length) {
            return false;
        }
        int parent = -1; // the sector where the link changes
        for (int from = 0; from < old.length; ) {
            int end = from;
            int sector = -1; // where the line changes
            for (; end < old.length && (old[end] != '\n' || wanted[end] != '\n'); end++) {
                if (old[end] != wanted[end]) {
                    if (old[end] == '\n' || wanted[end] == '\n' || sector >= 0 && sector != end / Sectors.BYTES) {
                        return false;
                    }
                    sector = end / Sectors.BYTES;
                }
            }
            if (sector >= 0 && link(wanted, from)) {
                if (parent >= 0 && parent != sector) {
                    return false;
                }
                parent = sector;
            }
            from = end + 1;
        }
        return true;
    }

    private static boolean link(byte[] text, int line) {
        return starts(text, line, "parent") || starts(text, line, "ddb.uuid.parent");
    }

    private static boolean starts(byte[] text, int from, String key) {
        byte[] start = key.getBytes(StandardCharsets.US_ASCII);
        int to = Math.min(text.length, from + start.length);
        return Arrays.equals(text, from, to, start, 0, start.length);
    }
}
