// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.extent;

import java.io.IOException;
import org.platter.format.Run;

/** Zeroes that no file holds; they cannot be changed. */
public record ZeroExtent(long size) implements Extent {
    @Override
    public Run map(long offset, long length) {
        return new Run.Zero(offset, length);
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        throw Bad.readOnly("VMDK extent of type ZERO: has no storage for writes, byte " + offset + " of the extent");
    }
}
