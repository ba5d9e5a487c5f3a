// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/** Reads the header of an image that grows, and says where its structures are. */
final class VhdLayout {
    private static final long LEAST = 2048; // copy of the footer, header and a sector of table

    private VhdLayout() {}

    /** The header that a footer points at, judged. */
    static VhdHeader header(Storage storage, VhdFooter footer) throws IOException {
        long position = footer.headerPosition();
        long fileSize = storage.size();
        if (position < VhdFooter.BYTES || position > fileSize - VhdHeader.BYTES || fileSize < LEAST) {
            throw new DiskException(
                    ErrorCode.BAD_HEADER,
                    "VHD footer: header at " + Long.toUnsignedString(position) + " in a file of " + fileSize
                            + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate(VhdHeader.BYTES);
        try {
            storage.read(bytes, position);
        } catch (EOFException e) {
            throw new DiskException(ErrorCode.BAD_HEADER, "VHD header: at " + position + " the file ends", e);
        }
        VhdHeader header = VhdHeader.decode(bytes.flip()).validated(footer.size());
        judgeTable(header, position, fileSize);
        return header;
    }

    private static void judgeTable(VhdHeader header, long position, long fileSize) throws DiskException {
        long table = header.tablePosition();
        if (table < VhdFooter.BYTES
                || table % VhdMap.SECTOR != 0
                || table > fileSize - Integer.BYTES * header.entries()) {
            throw new DiskException(
                    ErrorCode.BAD_HEADER,
                    "VHD header: table of " + header.entries() + " entries at " + Long.toUnsignedString(table)
                            + " in a file of " + fileSize + " bytes");
        }
        if (VhdExtent.of(position, VhdHeader.BYTES).overlaps(table, header.tableEnd())) {
            throw new DiskException(
                    ErrorCode.BAD_HEADER, "VHD header: at " + position + " overlaps its table at " + table);
        }
    }

    /** Where no block can be. */
    static List<VhdExtent> metadata(VhdHeader header, long position, long fileSize) {
        List<VhdExtent> all = new ArrayList<>();
        all.add(VhdExtent.of(0, VhdFooter.BYTES));
        all.add(VhdExtent.of(position, VhdHeader.BYTES));
        all.add(new VhdExtent(header.tablePosition(), header.tableEnd()));
        for (VhdLocator locator : header.locators()) {
            if (locator.plausible(fileSize)) {
                all.add(locator.extent());
            }
        }
        return all;
    }
}
