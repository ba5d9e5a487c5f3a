// SPDX-License-Identifier: Apache-2.0
package org.platter.container.structure;

import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;

/**
 * How well an image fits as the parent that a child wants. UUIDs identify; a content id does so only together with a hint
 * or the size, and not at all if it is one that many images have.
 */
enum ParentMatch {
    /** It is the parent, unchanged. */
    EXACT,
    /** It is the parent by UUID and size, but was changed since, or merged by VirtualBox. */
    CHANGED,
    /** Neither side knows enough to tell. */
    UNKNOWN,
    /** It is another image, or the parent with another content. */
    OTHER;

    /** What VMware gives to disks that were never written, and constants of tools that write no real ones. */
    private static final Set<String> SHARED =
            Set.of("fffffffe", "ffffffff", "00000000", "12345678", "7e5b80a7", "deadbeef", "11111111", "");

    /** True if a content id identifies nothing. */
    static boolean shared(String contentId) {
        return SHARED.contains(contentId.toLowerCase(Locale.ROOT));
    }

    /** Whether {@code found} is what a link of a child of that size means. */
    static ParentMatch of(ParentLink link, long childSize, ImageInfo found) {
        boolean uuids = known(link.uuid()) && known(found.uuid());
        boolean contents = !link.contentId().isEmpty() && !found.contentId().isEmpty();
        if (uuids) {
            if (!link.uuid().equals(found.uuid())) {
                return OTHER;
            }
            boolean same = !differ(link.modificationUuid(), found.modificationUuid())
                    && (!contents || link.contentId().equalsIgnoreCase(found.contentId()));
            return same ? EXACT : found.size() == childSize ? CHANGED : OTHER;
        }
        if (contents) {
            return link.contentId().equalsIgnoreCase(found.contentId()) ? EXACT : OTHER;
        }
        return UNKNOWN;
    }

    private static boolean known(UUID uuid) {
        return !uuid.equals(ParentLink.NIL);
    }

    private static boolean differ(UUID wanted, UUID found) {
        return known(wanted) && known(found) && !wanted.equals(found);
    }
}
