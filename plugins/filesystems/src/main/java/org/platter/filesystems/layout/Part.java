// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.layout;

import java.util.Optional;

/**
 * A partition or logical volume.
 *
 * @param name its number, or its name
 * @param offset where it starts on the disk
 * @param length bytes
 * @param label the name that the table gives it, may be empty
 * @param region what can be looked at, or nothing if it is left whole
 * @param reason why, then
 */
public record Part(String name, long offset, long length, String label, Optional<Region> region, String reason) {
    /** Why a partition of some types is left. */
    static final String SPREAD = "Its type says that it is a part of a RAID or of a group of disks.";

    /** One to be looked at. */
    public static Part of(String name, Region region, String label) {
        return new Part(name, region.offset(), region.size(), label, Optional.of(region), "");
    }

    /** One that is left whole. */
    public static Part left(String name, long offset, long length, String label, String reason) {
        return new Part(name, offset, length, label, Optional.empty(), reason);
    }
}
