// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.platter.format.Capability;
import org.platter.format.Geometry;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;

/** What a header says, in the words of the platform. */
final class VdiFacts {
    private VdiFacts() {}

    /** The facts of an image; {@code logical} counts where the header has no place for it. */
    static ImageInfo of(VdiHeader header, Optional<Geometry> physical, Optional<Geometry> logical) {
        VdiIds ids = header.ids();
        Optional<ParentLink> parent = header.differencing() ? Optional.of(ids.link()) : Optional.empty();
        Set<ImageFlag> flags = header.fixed() ? Set.of(ImageFlag.FIXED) : Set.of();
        return ImageInfo.of(
                        header.pre().versionName(),
                        header.sizes().disk(),
                        header.sizes().block(),
                        flags,
                        capabilities(header))
                .withIdentity(ids.image(), ids.modification(), "")
                .withParent(parent)
                .withComment(header.commentText())
                .withGeometry(physical, header.logical().geometry().or(() -> logical));
    }

    private static Set<Capability> capabilities(VdiHeader header) {
        EnumSet<Capability> all = EnumSet.copyOf(VdiBackend.CAPABILITIES);
        if (header.fixed()) {
            all.removeAll(EnumSet.of(Capability.DISCARD, Capability.COMPACT));
        }
        if (header.fixed() || header.old()) {
            all.remove(Capability.RESIZE);
        }
        return all;
    }
}
