// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import java.util.List;
import java.util.Optional;

/**
 * What a {@link ImageFlag#RAWDISK} image gives access to: a whole device, or areas of devices with copied data between.
 * Source: the seed's VBOXHDDRAW.
 *
 * @param device the whole device, if that is given access to; then there are no areas
 * @param areas in ascending order of offset, not overlapping; what they leave out reads as zeroes
 */
public record RawDiskSpec(Optional<String> device, List<Area> areas) {
    /** Checks order and overlap. */
    public RawDiskSpec {
        areas = List.copyOf(areas);
        if (device.isPresent() != areas.isEmpty()) {
            throw new IllegalArgumentException("a raw disk has either a device or areas");
        }
        long end = 0;
        for (Area area : areas) {
            if (area.offset() < end) {
                throw new IllegalArgumentException("area at " + area.offset() + " overlaps one that ends at " + end);
            }
            end = area.offset() + area.length();
        }
    }

    /**
     * One area of the disk: part of a device, or data copied into the image, or, with neither, zeroes.
     *
     * @param offset on the disk, bytes, multiple of 512
     * @param length bytes, multiple of 512
     * @param device the device that holds it, if any
     * @param position where it starts in the device, bytes, multiple of 512
     * @param data the bytes to copy, exactly {@code length}, if any
     */
    public record Area(long offset, long length, Optional<String> device, long position, Optional<byte[]> data) {
        /** Checks alignment and lengths. */
        public Area {
            if (offset < 0 || length <= 0 || position < 0 || (offset | length | position) % 512 != 0) {
                throw new IllegalArgumentException("area " + offset + "+" + length + " is not made of sectors");
            }
            if (offset > Long.MAX_VALUE - length || position > Long.MAX_VALUE - length) {
                throw new IllegalArgumentException("area " + offset + "+" + length + " ends above 2^63");
            }
            if (data.isPresent() && (device.isPresent() || data.get().length != length)) {
                throw new IllegalArgumentException("area at " + offset + " wants a device or " + length + " bytes");
            }
        }
    }
}
