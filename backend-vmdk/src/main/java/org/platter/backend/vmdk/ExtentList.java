// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.platter.backend.vmdk.extent.Extent;
import org.platter.format.Run;

/** The extents of a disk, one behind the other. Immutable; threading is that of the extents. */
final class ExtentList {
    private final Extent[] extents;
    private final long[] starts; // and the end of the last one

    ExtentList(List<Extent> extents) {
        this.extents = extents.toArray(Extent[]::new);
        starts = new long[this.extents.length + 1];
        for (int i = 0; i < this.extents.length; i++) {
            starts[i + 1] = starts[i] + this.extents[i].size();
        }
    }

    int count() {
        return extents.length;
    }

    Extent get(int index) {
        return extents[index];
    }

    List<Extent> all() {
        return List.of(extents);
    }

    long start(int index) {
        return starts[index];
    }

    /** The end of the last extent. */
    long size() {
        return starts[extents.length];
    }

    /** Which extent holds the byte. */
    int find(long offset) {
        if (extents.length == 1) {
            return 0;
        }
        int found = Arrays.binarySearch(starts, 0, extents.length, offset);
        return found >= 0 ? found : -found - 2;
    }

    Run map(long offset, long length) throws IOException {
        int index = find(offset);
        long start = starts[index];
        Run run = extents[index].map(offset - start, Math.min(length, starts[index + 1] - offset));
        return start == 0 ? run : shifted(run, start);
    }

    static Run shifted(Run run, long by) {
        if (run instanceof Run.Data data) {
            return shifted(data, by);
        }
        return run instanceof Run.Zero
                ? new Run.Zero(run.offset() + by, run.length())
                : new Run.Free(run.offset() + by, run.length());
    }

    static Run.Data shifted(Run.Data data, long by) {
        return new Run.Data(data.offset() + by, data.length(), data.storage(), data.position());
    }
}
