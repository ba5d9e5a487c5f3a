// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.backend.vhdx.layout.Header;
import org.platter.backend.vhdx.layout.Locator;
import org.platter.backend.vhdx.layout.Metadata;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;

/** What an image says, in the words of the platform, and how it says something else. */
final class VhdxFacts {
    private VhdxFacts() {}

    static ImageInfo of(Header header, Metadata metadata, boolean replayed) throws DiskException {
        Set<ImageFlag> flags = metadata.fixed() && !metadata.differencing() ? Set.of(ImageFlag.FIXED) : Set.of();
        EnumSet<Capability> can = EnumSet.copyOf(VhdxBackend.CAPABILITIES);
        if (metadata.fixed()) {
            can.removeAll(EnumSet.of(Capability.DISCARD, Capability.COMPACT));
        }
        Optional<ParentLink> link = Optional.empty();
        if (metadata.differencing()) {
            link = Optional.of(metadata.locator().orElseThrow().link());
        }
        List<String> notes = replayed
                ? List.of(
                        "The log in the file has not been replayed; this reads as if it had, and a change replays it.")
                : List.of();
        return ImageInfo.of("1", metadata.size(), metadata.blockSize(), flags, can)
                .withIdentity(metadata.diskId(), header.dataWrite(), "")
                .withParent(link)
                .withNotes(notes);
    }

    /** The metadata with other attributes. */
    static Metadata changed(Metadata metadata, ImageAttributes attributes) throws IOException {
        if (attributes.comment().isPresent()) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHDX: images have no comment");
        }
        Metadata changed = metadata;
        if (attributes.uuid().isPresent()) {
            if (attributes.uuid().get().equals(ParentLink.NIL)) {
                throw new DiskException(ErrorCode.BAD_VALUE, "VHDX: an image cannot get the nil UUID");
            }
            changed = changed.withDiskId(attributes.uuid().get());
        }
        if (attributes.parent().isPresent()) {
            ParentLink link = attributes.parent().get();
            if (metadata.fixed() && !link.equals(ParentLink.NONE)) {
                throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHDX: a fixed image cannot get a parent");
            }
            changed =
                    changed.withParent(link.equals(ParentLink.NONE) ? Optional.empty() : Optional.of(Locator.of(link)));
        }
        return changed;
    }
}
