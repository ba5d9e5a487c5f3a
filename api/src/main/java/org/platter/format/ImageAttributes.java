// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import java.util.Optional;
import java.util.UUID;

/**
 * Changes to an image's attributes; what is empty stays as it is. Immutable; start with {@link #NONE}.
 *
 * @param uuid a new image UUID
 * @param modificationUuid a new modification UUID; an image with a {@link ImageInfo#contentId()} changes that too
 * @param parent a new link to the parent, or {@link ParentLink#NONE} to become a base
 * @param comment a new comment, empty text to remove it
 * @param physical a new physical geometry
 * @param logical a new logical geometry
 */
public record ImageAttributes(
        Optional<UUID> uuid,
        Optional<UUID> modificationUuid,
        Optional<ParentLink> parent,
        Optional<String> comment,
        Optional<Geometry> physical,
        Optional<Geometry> logical) {
    /** No change. */
    public static final ImageAttributes NONE = new ImageAttributes(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** Also this image UUID. */
    public ImageAttributes withUuid(UUID value) {
        return new ImageAttributes(Optional.of(value), modificationUuid, parent, comment, physical, logical);
    }

    /** Also this modification UUID. */
    public ImageAttributes withModificationUuid(UUID value) {
        return new ImageAttributes(uuid, Optional.of(value), parent, comment, physical, logical);
    }

    /** Also this parent link. */
    public ImageAttributes withParent(ParentLink link) {
        return new ImageAttributes(uuid, modificationUuid, Optional.of(link), comment, physical, logical);
    }

    /** Also this comment. */
    public ImageAttributes withComment(String text) {
        return new ImageAttributes(uuid, modificationUuid, parent, Optional.of(text), physical, logical);
    }

    /** Also this physical geometry. */
    public ImageAttributes withPhysical(Geometry value) {
        return new ImageAttributes(uuid, modificationUuid, parent, comment, Optional.of(value), logical);
    }

    /** Also this logical geometry. */
    public ImageAttributes withLogical(Geometry value) {
        return new ImageAttributes(uuid, modificationUuid, parent, comment, physical, Optional.of(value));
    }
}
