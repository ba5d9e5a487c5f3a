// SPDX-License-Identifier: Apache-2.0
package org.platter.container.structure;

import java.util.List;
import java.util.UUID;
import org.platter.container.image.ChainLayer;
import org.platter.disk.OpenFlag;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;

/** Whether an image fits its place in a chain. Source: docs/semantics.md, section 3. */
final class ParentCheck {
    /** Most images of a chain. */
    static final int DEPTH = 128;

    private ParentCheck() {}

    /** Checks a new image on top of those there. */
    static void check(List<ChainLayer> below, ChainLayer layer) throws DiskException {
        if (below.size() >= DEPTH) {
            throw new DiskException(ErrorCode.BAD_STATE, "a chain of more than " + DEPTH + " images");
        }
        if (layer.has(OpenFlag.INFO)) {
            return;
        }
        ImageInfo info = layer.info();
        if (below.isEmpty()) {
            if (info.is(ImageFlag.DIFF)) {
                throw new DiskException(
                        ErrorCode.BAD_TYPE, layer.shown() + " is a differencing image; open its parent first");
            }
            return;
        }
        if (info.is(ImageFlag.FIXED)) {
            throw new DiskException(
                    ErrorCode.BAD_TYPE, layer.shown() + " is a fixed image and cannot stand on another");
        }
        for (ChainLayer other : below) {
            if (other.place().equals(layer.place())) {
                throw new DiskException(ErrorCode.BAD_STATE, layer.shown() + " is in the chain already");
            }
        }
        ChainLayer parent = below.get(below.size() - 1);
        if (info.parent().isPresent()) {
            check(layer, info.parent().get(), parent);
        }
    }

    /** Checks that a link leads to a parent; what either side does not know is no mismatch. */
    static void check(ChainLayer child, ParentLink link, ChainLayer parent) throws DiskException {
        ImageInfo info = parent.info();
        if (differ(link.uuid(), info.uuid())) {
            throw mismatch(child, parent, "UUID", link.uuid(), info.uuid());
        }
        if (differ(link.modificationUuid(), info.modificationUuid())) {
            throw mismatch(child, parent, "modification UUID", link.modificationUuid(), info.modificationUuid());
        }
        if (!link.contentId().isEmpty()
                && !info.contentId().isEmpty()
                && !link.contentId().equals(info.contentId())) {
            throw mismatch(child, parent, "content id", link.contentId(), info.contentId());
        }
    }

    /** True if both identities are known and the link means that image. */
    static boolean means(ParentLink link, ImageInfo info) {
        if (!link.uuid().equals(ParentLink.NIL) && !info.uuid().equals(ParentLink.NIL)) {
            return link.uuid().equals(info.uuid());
        }
        return !link.contentId().isEmpty() && link.contentId().equals(info.contentId());
    }

    private static boolean differ(UUID known, UUID found) {
        return !known.equals(ParentLink.NIL) && !found.equals(ParentLink.NIL) && !known.equals(found);
    }

    private static DiskException mismatch(
            ChainLayer child, ChainLayer parent, String what, Object known, Object found) {
        return new DiskException(
                ErrorCode.UUID_MISMATCH,
                child.shown() + " wants a parent with " + what + " " + known + ", but " + parent.shown() + " has "
                        + found);
    }
}
