// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.extent;

import java.io.IOException;
import org.platter.format.CheckReport;
import org.platter.format.Progress;
import org.platter.format.Run;

/** An extent that can be read and not changed, whatever the image is opened for. */
public record ReadOnlyExtent(Extent below, String reason) implements Extent {
    @Override
    public long size() {
        return below.size();
    }

    @Override
    public long blockSize() {
        return below.blockSize();
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
    public Run.Data allocate(long offset, long length) throws IOException {
        throw Bad.readOnly("VMDK extent: " + reason);
    }

    @Override
    public void remap(Run run) throws IOException {
        throw Bad.readOnly("VMDK extent: " + reason);
    }

    @Override
    public void check(CheckReport.Builder report, long start, Progress progress) throws IOException {
        below.check(report, start, progress);
    }

    @Override
    public void close() throws IOException {
        below.close();
    }
}
