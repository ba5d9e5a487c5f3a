// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageInfo;
import org.platter.format.Run;

/**
 * An image of which only the attributes are known.
 *
 * @param info the attributes
 */
record UnconnectedImage(ImageInfo info) implements Image {
    @Override
    public Run map(long offset, long length) throws DiskException {
        throw new DiskException(ErrorCode.NOT_SUPPORTED, "HostIPStack is 0: the unit is not connected");
    }

    @Override
    public void close() {}
}
