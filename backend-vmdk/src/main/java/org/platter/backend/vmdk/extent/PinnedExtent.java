// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.extent;

import java.io.IOException;
import org.platter.format.CheckReport;
import org.platter.format.Progress;
import org.platter.format.Run;

/**
 * An extent whose blocks do not start at multiples of their size on the disk, where nobody can lock them: its data can be
 * changed in place, its map cannot.
 */
public record PinnedExtent(Extent below) implements Extent {
    @Override
    public long size() {
        return below.size();
    }

    @Override
    public long directoryEntries() {
        return below.directoryEntries();
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        return below.map(offset, length);
    }

    @Override
    public void checkSound() throws IOException {
        below.checkSound();
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        throw Bad.unsupported(
                "VMDK sparse extent: starts inside of a block of the disk, so that only bytes that it holds"
                        + " already can be written");
    }

    @Override
    public void check(CheckReport.Builder report, long start, Progress progress) throws IOException {
        below.check(report, start, progress);
    }

    @Override
    public void flush() throws IOException {
        below.flush();
    }

    @Override
    public void close() throws IOException {
        below.close();
    }
}
