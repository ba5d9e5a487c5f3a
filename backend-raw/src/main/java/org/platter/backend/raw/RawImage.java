// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.raw;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.CheckReport;
import org.platter.format.Geometry;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.Progress;
import org.platter.format.Run;
import org.platter.storage.Storage;

/**
 * An open raw image. {@link #map} and {@link #info} may be called by any number of threads, everything else by one at a
 * time. It has no map: all of it is data, and holes are the storage's own affair.
 */
final class RawImage implements Image {
    private static final Set<Capability> CAPABILITIES = EnumSet.of(
            Capability.CREATE_FIXED,
            Capability.ASYNC,
            Capability.FILE,
            Capability.DISCARD,
            Capability.RESIZE,
            Capability.CHECK);

    private final Storage storage;
    private final boolean writable;
    private final boolean preallocates;
    private volatile Storage end; // the last sector if the file ends in it, else null
    private volatile ImageInfo info;

    RawImage(ImageContext context, Storage storage) throws IOException {
        this.storage = storage;
        writable = context.writable();
        preallocates = context.config().flag(RawBackend.PREALLOCATE);
        long length = storage.size();
        int ragged = (int) (length % RawBackend.SECTOR);
        long size = ragged == 0 ? length : length - ragged + RawBackend.SECTOR;
        ImageInfo whole = ImageInfo.of("1", size, 0, Set.of(ImageFlag.FIXED), CAPABILITIES);
        end = ragged == 0 ? null : new RaggedEnd(storage, length - ragged, ragged);
        info = ragged == 0
                ? whole
                : whole.withNotes(List.of("the file has " + length + " bytes, which is no multiple of "
                        + RawBackend.SECTOR + "; the disk ends with zeroes that are not in the file"));
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    @Override
    public Run map(long offset, long length) {
        Storage ragged = end;
        if (ragged == null || offset + length <= info.size() - RawBackend.SECTOR) {
            return new Run.Data(offset, length, storage, offset);
        }
        long last = info.size() - RawBackend.SECTOR;
        return offset < last
                ? new Run.Data(offset, last - offset, storage, offset)
                : new Run.Data(offset, length, ragged, offset - last);
    }

    @Override
    public void remap(Run run) throws IOException {
        checkWritable();
        if (run instanceof Run.Data) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "RAW images do not move data, here at " + run.offset());
        }
        if (run.end() > info.size()) {
            throw new IllegalArgumentException(run + " ends behind the disk of " + info.size() + " bytes");
        }
        long stored = Math.min(run.length(), storage.size() - run.offset());
        if (stored > 0) {
            storage.zero(run.offset(), stored); // a file that ends in a sector keeps its length
        }
    }

    @Override
    public void update(ImageAttributes attributes) throws IOException {
        checkWritable();
        if (attributes.uuid().isPresent()
                || attributes.modificationUuid().isPresent()
                || attributes.parent().isPresent()
                || attributes.comment().isPresent()) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "RAW images have no UUIDs, no parent and no comment");
        }
        keep(attributes.physical(), attributes.logical());
    }

    /** Until the image is closed: there is no place to store a geometry. */
    void keep(Optional<Geometry> physical, Optional<Geometry> logical) {
        info = info.withGeometry(physical.or(info::physical), logical.or(info::logical));
    }

    @Override
    public void resize(long size) throws IOException {
        checkWritable();
        RawBackend.checkSize(size);
        long old = info.size();
        if (size < old) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, "RAW images do not shrink, here from " + old + " to " + size + " bytes");
        }
        if (preallocates) {
            storage.preallocate(storage.size(), size - storage.size());
        } else {
            storage.resize(size);
        }
        storage.flush();
        end = null;
        info = info.withSize(size).withNotes(List.of());
    }

    @Override
    public CheckReport check(Progress progress) throws IOException {
        CheckReport.Builder report = new CheckReport.Builder();
        long length = storage.size();
        if (length < info.size() - (end == null ? 0 : RawBackend.SECTOR)) {
            report.error(length, "RAW image: storage ends at " + length + ", the disk at " + info.size());
        }
        return report.report();
    }

    @Override
    public void flush() throws IOException {
        if (writable) {
            storage.flush();
        }
    }

    @Override
    public void close() {}

    private void checkWritable() throws DiskException {
        if (!writable) {
            throw new DiskException(ErrorCode.READ_ONLY, "RAW image: it is open for reading only");
        }
    }
}
