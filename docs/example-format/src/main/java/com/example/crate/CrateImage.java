// SPDX-License-Identifier: Apache-2.0
package com.example.crate;

import java.io.IOException;
import java.util.Set;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.Run;
import org.platter.storage.Storage;

/** An open crate. It says where bytes are; whoever asked reads and writes them there. */
final class CrateImage implements Image {
    private final Storage storage;
    private final boolean writable;
    private final ImageInfo info;

    CrateImage(ImageContext context, CrateHeader header) throws IOException {
        storage = context.storage();
        writable = context.writable();
        info = ImageInfo.of("1", header.size(), 0, Set.of(ImageFlag.FIXED), CrateBackend.CAPABILITIES);
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    @Override
    public Run map(long offset, long length) {
        return new Run.Data(offset, length, storage, CrateHeader.BYTES + offset);
    }

    /** A crate stores no attributes; one that is open for reading says that first. */
    @Override
    public void update(ImageAttributes changes) throws IOException {
        if (!writable) {
            throw new DiskException(ErrorCode.READ_ONLY, "crate: it is open for reading only");
        }
        if (!changes.equals(ImageAttributes.NONE)) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "crates store no UUIDs, no geometry and no comment");
        }
    }

    @Override
    public void flush() throws IOException {
        if (writable) {
            storage.flush();
        }
    }

    @Override
    public void close() {}
}
