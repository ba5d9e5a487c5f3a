// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.backend.qcow2.layout.Annexes;
import org.platter.backend.qcow2.layout.Bitmap;
import org.platter.backend.qcow2.layout.Features;
import org.platter.backend.qcow2.layout.Head;
import org.platter.backend.qcow2.layout.Header;
import org.platter.backend.qcow2.layout.Snapshot;
import org.platter.error.DiskException;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;

/** What an image says of itself. */
final class Facts {
    private Facts() {}

    /** The facts of an image; {@code shown} is the snapshot that is open in place of the disk. */
    static ImageInfo of(Head head, Annexes annexes, Optional<Snapshot> shown) throws DiskException {
        Header header = head.header();
        Set<ImageFlag> flags = EnumSet.noneOf(ImageFlag.class);
        ImageInfo info = ImageInfo.of(
                        header.version() == 2 ? "0.10" : "1.1",
                        shown.map(Snapshot::size).orElse(header.size()),
                        header.clusters().size(),
                        flags,
                        Qcow2Backend.CAPABILITIES)
                .withNotes(notes(head, annexes, shown))
                .withSnapshots(annexes.snapshots().snapshots().stream()
                        .map(Snapshot::shown)
                        .toList())
                .withParts(head.dataFile().isEmpty() ? List.of() : List.of(head.dataFile()));
        return head.backing().isEmpty() ? info : info.withParent(Optional.of(link(head)));
    }

    private static ParentLink link(Head head) {
        return new ParentLink(ParentLink.NIL, ParentLink.NIL, "", List.of(head.backing()));
    }

    private static List<String> notes(Head head, Annexes annexes, Optional<Snapshot> shown) {
        List<String> notes = new ArrayList<>();
        Header header = head.header();
        shown.ifPresent(snapshot ->
                notes.add("The disk is shown as it was in snapshot " + snapshot.id() + " (" + snapshot.name() + ")."));
        note(notes, header.has(Features.CORRUPT), "The image is marked as corrupt: it can be read, and repaired.");
        note(
                notes,
                header.has(Features.DIRTY),
                "The image was not closed after it was written; its counters are mended before the next change.");
        note(notes, !head.backing().isEmpty(), backing(head));
        note(notes, header.has(Features.EXTENDED_L2), "Clusters have 32 subclusters each.");
        note(notes, header.compression() == 1, "Compressed clusters are of type zstd.");
        note(
                notes,
                (header.compatible() & Features.LAZY) != 0,
                "Other programs may keep the counters of the image back while they write it.");
        note(notes, header.refcountBits() != 16, "Reference counters have " + header.refcountBits() + " bits.");
        note(
                notes,
                header.has(Features.DATA_FILE) && (header.autoclear() & Features.RAW_DATA) != 0,
                "The data file is a raw disk by itself.");
        boolean valid = (header.autoclear() & Features.BITMAPS) != 0;
        annexes.bitmaps().list().forEach(bitmap -> notes.add(bitmap(bitmap, valid)));
        notes.addAll(annexes.faults());
        return notes;
    }

    private static void note(List<String> notes, boolean applies, String text) {
        if (applies) {
            notes.add(text);
        }
    }

    private static String backing(Head head) {
        return head.backingFormat().isEmpty()
                ? "The image does not say of which format its backing file is; it is not taken for a raw disk."
                : "The backing file is of format " + head.backingFormat() + ".";
    }

    private static String bitmap(Bitmap bitmap, boolean valid) {
        return "Bitmap '" + bitmap.name() + "'"
                + (valid
                        ? " is up to date; the next change of the image makes it invalid."
                        : " is not valid: the image was changed without it.");
    }
}
