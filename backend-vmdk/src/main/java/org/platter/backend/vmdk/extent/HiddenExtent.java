// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.extent;

import java.io.IOException;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Run;

/** An extent that the descriptor gives no access to. */
public record HiddenExtent(long size) implements Extent {
    @Override
    public Run map(long offset, long length) throws IOException {
        throw new DiskException(
                ErrorCode.BAD_STATE, "VMDK extent: access NOACCESS forbids reading, byte " + offset + " of the extent");
    }
}
