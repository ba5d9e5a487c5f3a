// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.meta;

import java.io.IOException;
import java.util.List;
import org.platter.backend.vmdk.descriptor.ExtentLine;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.ImageContext;

/** Finds the file that would be the next extent of a split disk, as a growth that was cut short leaves it. */
public final class LeftoverExtents {
    private LeftoverExtents() {}

    public static void report(ImageContext context, List<ExtentLine> lines, CheckReport.Builder report)
            throws IOException {
        String last = lines.get(lines.size() - 1).name();
        if (lines.size() >= SplitNames.MOST || !SplitNames.numbered(last)) {
            return;
        }
        String name = SplitNames.next(last, lines.size() + 1);
        if (name.equals(last)) {
            return;
        }
        try {
            context.storageForReading(name);
            report.note(
                    -1, "VMDK descriptor: does not name the file " + name + ", which looks like a part of the disk");
        } catch (DiskException e) {
            if (e.code() != ErrorCode.NOT_FOUND && e.code() != ErrorCode.DENIED) {
                throw e;
            }
        }
    }
}
