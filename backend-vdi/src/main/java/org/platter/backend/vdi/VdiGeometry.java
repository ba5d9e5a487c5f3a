// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.platter.format.Geometry;

/** A geometry as it is stored, 16 bytes. Never decides anything. Source: docs/formats/vdi.md, section 3. */
record VdiGeometry(
        int cylinders, // 0x0 u32
        int heads, // 0x4 u32
        int sectors, // 0x8 u32
        int sectorSize) { // 0xC u32, bytes

    /** None is known, as it is written. */
    static final VdiGeometry UNSET = new VdiGeometry(0, 0, 0, 512);

    static VdiGeometry decode(ByteBuffer source) {
        return new VdiGeometry(source.getInt(), source.getInt(), source.getInt(), source.getInt());
    }

    void encode(ByteBuffer target) {
        target.putInt(cylinders).putInt(heads).putInt(sectors).putInt(sectorSize);
    }

    static VdiGeometry of(Optional<Geometry> geometry) {
        return geometry.map(g -> new VdiGeometry((int) g.cylinders(), g.heads(), g.sectors(), 512))
                .orElse(UNSET);
    }

    /** What is stored, if it is one. */
    Optional<Geometry> geometry() {
        boolean some = cylinders != 0 && heads > 0 && heads <= 255 && sectors > 0 && sectors <= 255;
        return some ? Optional.of(new Geometry(Integer.toUnsignedLong(cylinders), heads, sectors)) : Optional.empty();
    }
}
