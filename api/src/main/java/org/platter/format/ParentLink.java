// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * What a differencing image knows of its parent. Whatever is nil or empty is unknown. Immutable.
 *
 * @param uuid the parent's image UUID, or nil
 * @param modificationUuid the parent's modification UUID when the link was made, or nil
 * @param contentId the parent's {@link ImageInfo#contentId()} when the link was made, or empty
 * @param hints places to look for the parent, the best first, as written in the image
 * @param format the name of the parent's format, or empty; without it a parent that bears no signature is not found
 */
public record ParentLink(UUID uuid, UUID modificationUuid, String contentId, List<String> hints, String format) {
    /** The null UUID: none, or unknown. */
    public static final UUID NIL = new UUID(0, 0);

    /** In attributes: the image becomes a base. */
    public static final ParentLink NONE = new ParentLink(NIL, NIL, "", List.of());

    /** Copies the hints. */
    public ParentLink {
        Objects.requireNonNull(uuid);
        Objects.requireNonNull(modificationUuid);
        Objects.requireNonNull(contentId);
        Objects.requireNonNull(format);
        hints = List.copyOf(hints);
    }

    /** A link that does not say of which format the parent is. */
    public ParentLink(UUID uuid, UUID modificationUuid, String contentId, List<String> hints) {
        this(uuid, modificationUuid, contentId, hints, "");
    }

    /** The same to a parent of that format. */
    public ParentLink withFormat(String name) {
        return new ParentLink(uuid, modificationUuid, contentId, hints, name);
    }

    /** The link to a parent as it is now. */
    public static ParentLink to(ImageInfo parent, List<String> hints) {
        return new ParentLink(parent.uuid(), parent.modificationUuid(), parent.contentId(), hints);
    }
}
