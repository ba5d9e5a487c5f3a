// SPDX-License-Identifier: Apache-2.0
package org.platter.space;

import java.util.Objects;

/**
 * A partition, a logical volume, or the whole disk where it has neither. Immutable.
 *
 * @param name the partition's number, {@code "group/volume"} of LVM, or empty for the whole disk
 * @param offset where it starts on the disk, bytes; of a logical volume, where its first part does
 * @param length its size, bytes
 * @param type the file system or what else it holds: {@code "ext4"}, {@code "LUKS"}, {@code "unknown"}
 * @param label the file system's label, else the partition's name, may be empty
 * @param used bytes in use, or -1 if that is not known
 * @param reason a sentence why it is left whole, or empty if its unused ranges are known
 */
public record Volume(String name, long offset, long length, String type, String label, long used, String reason) {
    /** Refuses null. */
    public Volume {
        Objects.requireNonNull(name);
        Objects.requireNonNull(type);
        Objects.requireNonNull(label);
        Objects.requireNonNull(reason);
    }

    /** True if it is left whole. */
    public boolean whole() {
        return !reason.isEmpty();
    }
}
