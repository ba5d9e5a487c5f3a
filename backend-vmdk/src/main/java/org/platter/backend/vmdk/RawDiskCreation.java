// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.platter.backend.vmdk.descriptor.ExtentLine;
import org.platter.backend.vmdk.descriptor.ExtentLine.Type;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageContext;
import org.platter.format.ImageSpec;
import org.platter.format.RawDiskSpec;
import org.platter.storage.Storage;

/**
 * Makes the extents of a disk that gives access to devices: one for a whole device, else one for each partition, zeroes
 * between them, and a file for the data that is copied. For one image.
 */
final class RawDiskCreation {
    private final ImageContext context;
    private final ImageSpec spec;
    private final RawDiskSpec raw;
    private final String dataName;
    private Storage data; // made when there is some
    private long dataEnd;

    RawDiskCreation(ImageContext context, ImageSpec spec, String base) {
        this.context = context;
        this.spec = spec;
        raw = spec.rawDisk().orElseThrow();
        dataName = base + "-pt.vmdk";
    }

    List<ExtentLine> lines() throws IOException {
        if (raw.device().isPresent()) {
            context.storage(raw.device().get());
            return List.of(ExtentLine.of(spec.size(), Type.FLAT, raw.device().get(), 0));
        }
        List<ExtentLine> lines = new ArrayList<>();
        long end = 0;
        for (RawDiskSpec.Area area : raw.areas()) {
            if (area.offset() > spec.size() - area.length()) {
                throw new DiskException(
                        ErrorCode.BAD_SIZE,
                        "VMDK raw disk: area at " + area.offset() + " ends behind the disk of " + spec.size());
            }
            gap(lines, end, area.offset());
            lines.add(line(area));
            end = area.offset() + area.length();
        }
        gap(lines, end, spec.size());
        if (data != null) {
            data.flush();
        }
        return lines;
    }

    private static void gap(List<ExtentLine> lines, long from, long to) {
        if (to > from) {
            lines.add(ExtentLine.of(to - from, Type.ZERO, "", -1));
        }
    }

    private ExtentLine line(RawDiskSpec.Area area) throws IOException {
        if (area.device().isPresent()) {
            context.storage(area.device().get());
            return ExtentLine.of(area.length(), Type.FLAT, area.device().get(), area.position() / Sectors.BYTES);
        }
        if (area.data().isEmpty()) {
            return ExtentLine.of(area.length(), Type.ZERO, "", -1);
        }
        if (data == null) {
            data = context.createStorage(dataName);
        }
        data.write(ByteBuffer.wrap(area.data().get()), dataEnd);
        ExtentLine line = ExtentLine.of(area.length(), Type.FLAT, dataName, dataEnd / Sectors.BYTES);
        dataEnd += area.length();
        return line;
    }
}
