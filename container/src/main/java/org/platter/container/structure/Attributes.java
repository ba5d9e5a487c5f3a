// SPDX-License-Identifier: Apache-2.0
package org.platter.container.structure;

import java.util.Optional;
import org.platter.container.chain.Chain;
import org.platter.container.image.ChainLayer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageInfo;

/**
 * Changes of an image's attributes. Source: docs/semantics.md, section 11. What would change nothing is left out: formats
 * write headers for whatever they are given, and a header that is not written cannot be torn.
 */
public final class Attributes {
    private static final int HEADS = 16;
    private static final int SECTORS = 63;

    private Attributes() {}

    /** Leaves out what would change nothing, and refuses what cannot be. */
    public static void update(Chain chain, ChainLayer layer, ImageAttributes asked) throws DiskException {
        asked.physical().ifPresent(geometry -> limit(geometry, HEADS));
        asked.logical().ifPresent(geometry -> limit(geometry, 255));
        chain.writing(inside -> {
            inside.index(layer);
            ImageInfo info = layer.info();
            ImageAttributes changes = new ImageAttributes(
                    asked.uuid(),
                    asked.modificationUuid(),
                    asked.parent(),
                    asked.comment(),
                    changed(asked.physical(), info.physical()),
                    changed(asked.logical(), info.logical()));
            if (changes.equals(ImageAttributes.NONE)) {
                return null;
            }
            if (layer.readOnly()) {
                throw new DiskException(ErrorCode.READ_ONLY, layer.shown() + " is open for reading only");
            }
            layer.update(changes);
            return null;
        });
    }

    private static Optional<Geometry> changed(Optional<Geometry> asked, Optional<Geometry> now) {
        return asked.equals(now) ? Optional.empty() : asked;
    }

    private static void limit(Geometry geometry, int heads) {
        if (geometry.heads() > heads || geometry.sectors() > SECTORS) {
            throw new IllegalArgumentException(
                    "geometry " + geometry + " has more than " + heads + " heads or " + SECTORS + " sectors");
        }
    }
}
