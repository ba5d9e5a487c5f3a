// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.parallels;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageInfo;
import org.platter.format.Run;
import org.platter.storage.Storage;

/** A {@code .hdd} folder, for reading: stretches of the disk, each in a stack of files. For any thread, without locks. */
final class HddImage implements Image {
    private final List<Stretch> stretches;
    private final ImageInfo info;

    /** A stretch and its files, the newest first. */
    private record Stretch(long offset, long length, List<Layer> layers) {}

    /** A file, asked by offsets of its stretch. */
    private interface Layer {
        Run map(long offset, long length) throws IOException;
    }

    private HddImage(List<Stretch> stretches, ImageInfo info) {
        this.stretches = stretches;
        this.info = info;
    }

    static HddImage opened(ImageContext context, HddDescriptor descriptor) throws IOException {
        List<Stretch> stretches = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        notes.add("The folder of a Parallels disk is opened for reading only.");
        for (HddDescriptor.Extent extent : descriptor.extents()) {
            List<Layer> layers = new ArrayList<>();
            for (String id : descriptor.lineage()) {
                HddDescriptor.Part part = extent.parts().get(id);
                if (part != null) {
                    names.add(part.file());
                    if (!context.infoOnly()) {
                        layers.add(layer(context.storageForReading(part.file()), part, extent.length(), notes));
                    }
                }
            }
            if (layers.isEmpty() && !context.infoOnly()) {
                throw new DiskException(
                        ErrorCode.BAD_HEADER,
                        "Parallels descriptor: no file for the bytes at " + extent.offset() + " in " + extent.parts());
            }
            stretches.add(new Stretch(extent.offset(), extent.length(), layers));
        }
        ImageInfo facts =
                ImageInfo.of("1.0", descriptor.size(), 0, Set.of(), Set.of(Capability.ASYNC, Capability.FILE));
        return new HddImage(List.copyOf(stretches), facts.withParts(names).withNotes(notes));
    }

    private static Layer layer(Storage storage, HddDescriptor.Part part, long length, List<String> notes)
            throws IOException {
        Layer layer;
        long size;
        if (part.plain()) {
            size = storage.size();
            layer = (offset, count) -> new Run.Data(offset, count, storage, offset);
        } else {
            Image image = ParallelsImage.opened(storage, false);
            image.info().notes().forEach(note -> notes.add(part.file() + ": " + note));
            size = image.info().size();
            layer = image::map;
        }
        if (size < length) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    "Parallels descriptor: " + part.file() + " has " + size + " of " + length + " bytes");
        }
        return layer;
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        if (offset < 0 || length <= 0 || length > info.size() - offset) {
            throw new IllegalArgumentException(offset + "+" + length + " is no range of " + info.size() + " bytes");
        }
        Stretch stretch = at(offset);
        long count = Math.min(length, stretch.offset() + stretch.length() - offset);
        for (Layer layer : stretch.layers()) {
            Run run = layer.map(offset - stretch.offset(), count);
            if (run instanceof Run.Data data) {
                return new Run.Data(offset, data.length(), data.storage(), data.position());
            }
            count = run.length();
        }
        return new Run.Free(offset, count);
    }

    private Stretch at(long offset) {
        int low = 0;
        for (int high = stretches.size() - 1; low < high; ) {
            int middle = (low + high + 1) / 2;
            if (stretches.get(middle).offset() <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return stretches.get(low);
    }

    /** The storages belong to the platform; there is nothing else to let go. */
    @Override
    public void close() {}
}
