// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.check;

import java.io.IOException;
import org.platter.backend.qcow2.layout.Annexes;
import org.platter.backend.qcow2.layout.Features;
import org.platter.backend.qcow2.layout.Header;
import org.platter.backend.qcow2.table.Volume;
import org.platter.format.CheckReport;
import org.platter.format.Progress;

/** Reports everything that is wrong with an image, and changes nothing. */
public final class Check {
    private final Volume volume;
    private final Annexes annexes;
    private final CheckReport.Builder report = new CheckReport.Builder();

    /** Looks at an image. */
    public Check(Volume volume, Annexes annexes) {
        this.volume = volume;
        this.annexes = annexes;
    }

    /** The faults. */
    public CheckReport run(Progress progress) throws IOException {
        Header header = volume.head().header();
        if (header.has(Features.DIRTY)) {
            report.error(-1, "QCOW2 header: the image was not closed; its counters may be stale");
        }
        if (header.has(Features.CORRUPT)) {
            report.error(-1, "QCOW2 header: the image is marked as corrupt");
        }
        new Examination(volume, annexes, this::add, progress).run();
        return report.report();
    }

    private void add(Fault fault, long number, String what) {
        switch (fault) {
            case LEAK, HIGH -> report.leak(number, what);
            case ENTRY, OVERLAP, SHARED, OWN -> report.error(volume.sizes().at(number), what);
            default -> report.error(-1, what);
        }
    }
}
