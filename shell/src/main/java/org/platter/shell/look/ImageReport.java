// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.look;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.platter.disk.Layer;
import org.platter.format.Geometry;
import org.platter.format.ImageInfo;
import org.platter.format.ImageSnapshot;
import org.platter.format.ParentLink;
import org.platter.shell.image.Values;
import org.platter.shell.option.Sizes;
import org.platter.shell.print.Places;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/** What there is to say of an image. */
record ImageReport(
        URI location,
        String format,
        String version,
        List<String> variant,
        long virtualSize,
        long fileSize,
        long allocatedSize,
        Optional<Long> blockSize,
        UUID uuid,
        UUID modificationUuid,
        UUID parentUuid,
        UUID parentModificationUuid,
        Optional<String> parentLocation,
        Optional<String> comment,
        Optional<String> pchs,
        Optional<String> lchs,
        List<String> openFlags,
        List<URI> files,
        List<String> notes,
        List<SnapshotReport> snapshots)
        implements Result {

    /** A state of the disk that is stored inside the image. */
    record SnapshotReport(String id, String name, String created, long size) {
        static SnapshotReport of(ImageSnapshot snapshot) {
            return new SnapshotReport(
                    snapshot.id(), snapshot.name(), snapshot.created().toString(), snapshot.size());
        }
    }

    /** The report of a layer; its parent is where it was found, else where the image says it is. */
    static ImageReport of(Layer layer, Optional<URI> parent) throws IOException {
        ImageInfo info = layer.info();
        ParentLink link = info.parent().orElse(ParentLink.NONE);
        return new ImageReport(
                layer.location(),
                layer.format().name(),
                info.version(),
                Values.variantWords(info.flags()),
                info.size(),
                layer.fileSize(),
                layer.allocatedSize(),
                Optional.of(info.blockSize()).filter(size -> size > 0),
                info.uuid(),
                info.modificationUuid(),
                link.uuid(),
                link.modificationUuid(),
                parent.map(Places::show).or(() -> link.hints().stream().findFirst()),
                Optional.of(info.comment()).filter(text -> !text.isEmpty()),
                info.physical().map(Geometry::toString),
                info.logical().map(Geometry::toString),
                Values.openFlagWords(layer.openFlags()),
                layer.files(),
                layer.notes(),
                info.snapshots().stream().map(SnapshotReport::of).toList());
    }

    @Override
    public void text(Text out) throws IOException {
        out.field("location", Places.show(location));
        out.field("format", (format + " " + version).strip());
        out.field("variant", String.join(", ", variant));
        out.field("virtual size", Sizes.both(virtualSize));
        out.field("file size", Sizes.both(fileSize));
        out.field("allocated size", Sizes.both(allocatedSize));
        out.field("block size", blockSize.map(Sizes::both).orElse(""));
        out.field("UUID", show(uuid));
        out.field("modification UUID", show(modificationUuid));
        out.field("parent", parentLocation.orElse(""));
        out.field("parent UUID", show(parentUuid));
        out.field("parent modification UUID", show(parentModificationUuid));
        out.field("comment", comment.orElse(""));
        out.field("geometry", pchs.orElse(""));
        out.field("logical geometry", lchs.orElse(""));
        out.field("open flags", String.join(", ", openFlags));
        if (files.size() > 1) {
            for (URI file : files) {
                out.field("file", Places.show(file));
            }
        }
        for (SnapshotReport snapshot : snapshots) {
            out.field("snapshot", String.join(", ", snapshot.id(), snapshot.name(), snapshot.created()));
        }
        for (String note : notes) {
            out.field("note", note);
        }
    }

    /** As a command line takes it. */
    @Override
    public String toString() {
        return Places.show(location);
    }

    private static String show(UUID uuid) {
        return uuid.equals(ParentLink.NIL) ? "" : uuid.toString();
    }
}
