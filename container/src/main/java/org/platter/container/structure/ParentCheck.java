// SPDX-License-Identifier: Apache-2.0
package org.platter.container.structure;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.platter.container.image.ChainLayer;
import org.platter.disk.OpenFlag;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;

/**
 * Whether an image fits its place in a chain. Source: docs/semantics.md, section 3. A parent that was written to after its
 * child was made reads as another disk under the child; nothing in the data tells. So what identifies it, and what changes with
 * every session of writing, must both be as the child has stored them, or a person must say that it is right.
 */
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
        Optional<String> unsure = Stream.concat(below.stream(), Stream.of(layer))
                .flatMap(image -> image.facts().unsure().stream())
                .findFirst();
        if (unsure.isPresent() && !layer.readOnly()) {
            throw new DiskException(ErrorCode.UUID_MISMATCH, unsure.get());
        }
    }

    /** Checks that a link leads to a parent; what either side does not know is no mismatch. */
    static void check(ChainLayer child, ParentLink link, ChainLayer parent) throws DiskException {
        ImageInfo info = parent.info();
        switch (ParentMatch.of(link, child.size(), info)) {
            case EXACT, UNKNOWN -> {}
            case CHANGED ->
                child.facts()
                        .unsure(child.shown() + ": its parent " + parent.shown() + " has the UUID and size that "
                                + "it wants, but was changed after this image was made (" + difference(link, info)
                                + "), or VirtualBox has merged a snapshot into it; it can be read, and is written after: set "
                                + "--accept-parent " + child.shown());
            case OTHER ->
                throw new DiskException(
                        ErrorCode.UUID_MISMATCH,
                        child.shown() + " wants another parent than " + parent.shown() + ": " + difference(link, info));
        }
    }

    private static String difference(ParentLink link, ImageInfo found) {
        List<String> differences = new ArrayList<>();
        add(differences, "UUID", link.uuid(), found.uuid());
        add(differences, "modification UUID", link.modificationUuid(), found.modificationUuid());
        if (!link.contentId().isEmpty() && !link.contentId().equals(found.contentId())) {
            differences.add("wanted is content id " + link.contentId() + ", found " + found.contentId());
        }
        return String.join("; ", differences);
    }

    private static void add(List<String> differences, String what, UUID wanted, UUID found) {
        if (!wanted.equals(ParentLink.NIL) && !wanted.equals(found)) {
            differences.add("wanted is " + what + " " + wanted + ", found " + found);
        }
    }
}
