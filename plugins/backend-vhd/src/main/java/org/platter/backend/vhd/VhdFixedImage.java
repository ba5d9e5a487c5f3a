// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
import java.util.Optional;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.CheckReport.Severity;
import org.platter.format.Geometry;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;
import org.platter.storage.Storage;

/**
 * An open fixed image: the disk, then the footer. {@link #map} and {@link #info} are for any thread and take no lock; the
 * rest is for one thread at a time.
 */
final class VhdFixedImage implements Image {
    private final Storage storage;
    private final VhdFooters footers;
    private final boolean writable;
    private Optional<Geometry> logical = Optional.empty();
    private volatile ImageInfo info;

    private VhdFixedImage(Storage storage, VhdFooters footers, boolean writable) {
        this.storage = storage;
        this.footers = footers;
        this.writable = writable;
        refresh();
    }

    static VhdFixedImage opened(Storage storage, VhdFooters footers, boolean writable) throws IOException {
        if (footers.footer().size() > footers.end()) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    "VHD: a fixed disk of " + footers.footer().size() + " bytes, the file has " + footers.end()
                            + " before its footer");
        }
        return new VhdFixedImage(storage, footers, writable);
    }

    private void refresh() {
        info = VhdFacts.of(storage, footers.footer(), 0, Optional.empty(), logical);
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    @Override
    public Run map(long offset, long length) {
        if (offset < 0 || length <= 0 || length > info.size() - offset) {
            throw new IllegalArgumentException(offset + "+" + length + " is no range of " + info.size() + " bytes");
        }
        return new Run.Data(offset, length, storage, offset);
    }

    @Override
    public void update(ImageAttributes attributes) throws IOException {
        requireWritable();
        if (attributes.parent().isPresent() && !attributes.parent().get().equals(ParentLink.NONE)) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHD: a fixed image cannot have a parent");
        }
        footers.change(VhdFacts.changed(footers.footer(), attributes));
        logical = attributes.logical().or(() -> logical);
        refresh();
    }

    /** The old footer becomes part of the disk: it is not zeroed before another is durable at the new end. */
    @Override
    public void resize(long size) throws IOException {
        requireWritable();
        VhdCreation.requireSectors(size);
        long old = footers.footer().size();
        if (size < old) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHD: a disk of " + old + " bytes does not shrink");
        }
        if (size == old) {
            return;
        }
        flush();
        long end = footers.end();
        if (end < size) {
            footers.moveTo(size);
            storage.preallocate(end + VhdFooter.BYTES, Math.max(0, size - end - VhdFooter.BYTES));
        }
        storage.zero(old, Math.min(size, end + VhdFooter.BYTES) - old);
        footers.change(footers.footer().withSize(size));
        storage.flush();
        footers.commit();
        footers.cutTo(size);
        refresh();
    }

    @Override
    public CheckReport check(Progress progress) throws IOException {
        CheckReport.Builder report = new CheckReport.Builder();
        if (excess() > 0) {
            report.leak(1, leak());
        }
        return report.report();
    }

    private long excess() throws IOException {
        return footers.end() - footers.footer().size();
    }

    private String leak() throws IOException {
        return "VHD: " + excess() + " bytes between the disk of "
                + footers.footer().size() + " and the footer";
    }

    @Override
    public CheckReport repair(RepairMode mode, Progress progress) throws IOException {
        requireWritable();
        flush();
        CheckReport.Builder report = new CheckReport.Builder();
        if (excess() > 0) {
            String leak = leak();
            footers.cutTo(footers.footer().size());
            report.repaired(Severity.LEAK, -1, leak);
        }
        return report.report();
    }

    @Override
    public void flush() throws IOException {
        if (writable) {
            storage.flush();
            footers.commit();
        }
    }

    private void requireWritable() throws DiskException {
        if (!writable) {
            throw VhdFacts.readOnly(storage.location());
        }
    }

    /** The storage belongs to the platform; there is nothing else to let go. */
    @Override
    public void close() {}
}
