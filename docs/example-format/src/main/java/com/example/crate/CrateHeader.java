// SPDX-License-Identifier: Apache-2.0
package com.example.crate;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/** The first 512 bytes of a crate: magic (0x00, 8 bytes), size of the disk (0x08, u64 big-endian), zeroes. */
record CrateHeader(long size) {
    static final int BYTES = 512;
    private static final long MAGIC = 0x4352_4154_4544_4B31L; // CRATEDK1

    static boolean isIn(Storage storage) throws IOException {
        return storage.size() >= BYTES && sector(storage).getLong(0) == MAGIC;
    }

    /** Believes nothing: every number is compared with what is really there. */
    static CrateHeader read(Storage storage) throws IOException {
        long fileSize = storage.size();
        if (!isIn(storage)) {
            throw new DiskException(ErrorCode.BAD_HEADER, "crate header: no magic in a file of " + fileSize + " bytes");
        }
        ByteBuffer sector = sector(storage);
        long size = sector.getLong(8);
        if (size <= 0 || size > fileSize - BYTES) {
            throw new DiskException(
                    ErrorCode.BAD_HEADER,
                    "crate header: a disk of " + size + " bytes does not fit a file of " + fileSize + " bytes");
        }
        for (int position = 16; position < BYTES; position++) {
            if (sector.get(position) != 0) {
                throw new DiskException(ErrorCode.BAD_HEADER, "crate header: byte " + position + " is not 0");
            }
        }
        return new CrateHeader(size);
    }

    private static ByteBuffer sector(Storage storage) throws IOException {
        ByteBuffer sector = ByteBuffer.allocate(BYTES);
        storage.read(sector, 0);
        return sector.flip();
    }

    ByteBuffer encode() {
        return ByteBuffer.allocate(BYTES).putLong(MAGIC).putLong(size).clear();
    }
}
