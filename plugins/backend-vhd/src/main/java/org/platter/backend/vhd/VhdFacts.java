// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;
import org.platter.storage.Storage;

/** What a footer says, in the words of the platform, and how it says something else. */
final class VhdFacts {
    private VhdFacts() {}

    /** The facts of the image in a storage; {@code logical} has no place in a file. */
    static ImageInfo of(
            Storage storage, VhdFooter footer, long blockSize, Optional<ParentLink> link, Optional<Geometry> logical) {
        Set<ImageFlag> flags = footer.fixed() ? Set.of(ImageFlag.FIXED) : Set.of();
        ImageInfo info = ImageInfo.of(footer.versionName(), footer.size(), blockSize, flags, capabilities(footer))
                .withIdentity(footer.id(), ParentLink.NIL, "")
                .withParent(link)
                .withGeometry(footer.geometry(), logical);
        List<String> notes = new ArrayList<>();
        if (link.isPresent() && link.get().uuid().equals(ParentLink.NIL)) {
            notes.add("The parent has no UUID, as raw disks have none, and a VHD stores no format: name the parent with"
                    + " --parent, for nothing else says which disk it is.");
        }
        if (storage instanceof VhdParts parts) {
            notes.add("The image is split into " + String.join(", ", parts.names())
                    + " and can only be read; convert it into one file to change it.");
            info = info.withParts(parts.names().subList(1, parts.names().size()));
        }
        return info.withNotes(notes);
    }

    private static Set<Capability> capabilities(VhdFooter footer) {
        EnumSet<Capability> all = EnumSet.copyOf(VhdBackend.CAPABILITIES);
        if (footer.fixed()) {
            all.removeAll(EnumSet.of(Capability.DISCARD, Capability.COMPACT));
        }
        return all;
    }

    /**
     * The footer with other attributes. A modification UUID is accepted, because the platform gives images that have a
     * UUID a new one before every change, and is not kept: the format has none.
     */
    static VhdFooter changed(VhdFooter footer, ImageAttributes attributes) throws DiskException {
        if (attributes.comment().isPresent()) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHD: images have no comment");
        }
        UUID id = attributes.uuid().orElse(footer.id());
        if (attributes.uuid().isPresent() && id.equals(ParentLink.NIL)) {
            throw new DiskException(ErrorCode.BAD_VALUE, "VHD: an image cannot get the nil UUID");
        }
        VhdFooter changed = footer.withId(id);
        return attributes.physical().isPresent()
                ? changed.withGeometry(
                        VhdGeometry.storable(attributes.physical().get()))
                : changed;
    }

    static DiskException readOnly(java.net.URI location) {
        return new DiskException(ErrorCode.READ_ONLY, location + ": is open for reading only");
    }
}
