// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.platter.backend.vmdk.descriptor.ExtentLine;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Extent;
import org.platter.backend.vmdk.extent.FlatExtent;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.HostedWriter;
import org.platter.backend.vmdk.meta.Settings;
import org.platter.backend.vmdk.meta.SplitNames;
import org.platter.backend.vmdk.sparse.SparseExtent;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.storage.Storage;

/**
 * Makes a disk larger: its last extent grows, and a split disk gets more extents. The descriptor, which is stored
 * afterwards, decides when that counts. For one thread.
 */
final class Growth {
    private final ExtentList extents;
    private final Set<ImageFlag> flags;
    private final List<Extent> added = new ArrayList<>();

    Growth(ExtentList extents, Set<ImageFlag> flags) {
        this.extents = extents;
        this.flags = flags;
    }

    /** True if the disk can grow. */
    boolean possible() {
        return !flags.contains(ImageFlag.RAWDISK) && last().growable();
    }

    private Extent last() {
        return extents.get(extents.count() - 1);
    }

    /** The extents that were made. */
    List<Extent> added() {
        return added;
    }

    /** Makes room; gives the lines of all extents. */
    List<ExtentLine> grow(ImageContext context, List<ExtentLine> lines, long size) throws IOException {
        if (!possible()) {
            throw Bad.unsupported("VMDK: the last extent of this image cannot grow");
        }
        if (size % Sectors.BYTES != 0) {
            throw new DiskException(ErrorCode.BAD_SIZE, "VMDK: size " + size + " is no multiple of 512");
        }
        List<ExtentLine> grown = new ArrayList<>(lines);
        ExtentLine lastLine = lines.get(lines.size() - 1);
        long most = flags.contains(ImageFlag.SPLIT_2G) ? most(context, lines) : Long.MAX_VALUE;
        long others = lines.stream().mapToLong(ExtentLine::bytes).sum() - lastLine.bytes();
        long room = Math.max(lastLine.bytes(), Math.min(most, size - others));
        grown.set(lines.size() - 1, lastLine.withBytes(room));
        long missing = size - others - room;
        refuseTooMany(grown.size() + (missing + most - 1) / most);
        last().grow(room);
        for (; missing > 0; missing -= Math.min(missing, most)) {
            grown.add(add(context, lastLine, Math.min(missing, most), grown.size() + 1));
        }
        return grown;
    }

    private static void refuseTooMany(long count) throws DiskException {
        if (count > SplitNames.MOST) {
            throw new DiskException(ErrorCode.BAD_SIZE, "VMDK: " + count + " extents are more than " + SplitNames.MOST);
        }
    }

    private static long most(ImageContext context, List<ExtentLine> lines) {
        long largest = lines.stream().mapToLong(ExtentLine::bytes).max().orElse(0);
        return lines.size() > 1
                ? largest
                : Math.max(largest, Settings.of(context).extentSize());
    }

    private ExtentLine add(ImageContext context, ExtentLine like, long bytes, int number) throws IOException {
        String name = SplitNames.next(like.name(), number);
        Storage storage = context.createStorage(name);
        if (like.type() == ExtentLine.Type.FLAT) {
            storage.preallocate(0, bytes);
            storage.flush();
            added.add(FlatExtent.of(storage, 0, bytes));
        } else {
            HostedWriter.create(storage, bytes, last().blockSize(), last().zeroMarks(), new byte[0]);
            storage.flush();
            added.add(SparseExtent.hosted(storage, bytes, true));
        }
        return new ExtentLine(like.access(), bytes / Sectors.BYTES, like.type(), name, like.offset(), "");
    }
}
