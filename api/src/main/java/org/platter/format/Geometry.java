// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

/**
 * Cylinders, heads and sectors of a disk. Never decides the size of anything.
 *
 * @param cylinders 1 to 2^32-1
 * @param heads 1 to 255; physical geometries have at most {@value #PHYSICAL_HEADS}
 * @param sectors per track, 1 to 63 in ordinary geometries, up to 255 in some formats
 */
public record Geometry(long cylinders, int heads, int sectors) {
    /** Most heads of a physical geometry. */
    public static final int PHYSICAL_HEADS = 16;

    /** Refuses numbers outside the ranges. */
    public Geometry {
        if (cylinders < 1 || cylinders > 0xFFFF_FFFFL || heads < 1 || heads > 255 || sectors < 1 || sectors > 255) {
            throw new IllegalArgumentException("no geometry: " + cylinders + "/" + heads + "/" + sectors);
        }
    }

    /** The usual physical geometry of a disk of that many bytes: 16 heads, 63 sectors, at most 16383 cylinders. */
    public static Geometry physical(long size) {
        return new Geometry(Math.max(1, Math.min(size / (512L * PHYSICAL_HEADS * 63), 16383)), PHYSICAL_HEADS, 63);
    }

    /** As people write it: {@code "1024/16/63"}. */
    @Override
    public String toString() {
        return cylinders + "/" + heads + "/" + sectors;
    }
}
