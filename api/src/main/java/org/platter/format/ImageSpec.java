// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What {@link FormatBackend#create} should make. Immutable; {@code withX} gives a changed copy.
 *
 * @param size bytes of the disk, more than 0
 * @param flags the variant; never {@code FIXED} together with {@code DIFF}
 * @param uuid the image's UUID, never nil; ignored by formats without
 * @param modificationUuid the first modification UUID, never nil
 * @param parent the link to the parent, present if and only if {@code flags} holds {@code DIFF}
 * @param comment text for people, may be empty; formats without comments ignore it
 * @param physical physical geometry to store, if any
 * @param logical logical geometry to store, if any
 * @param rawDisk the devices of a {@code RAWDISK}
 */
public record ImageSpec(
        long size,
        Set<ImageFlag> flags,
        UUID uuid,
        UUID modificationUuid,
        Optional<ParentLink> parent,
        String comment,
        Optional<Geometry> physical,
        Optional<Geometry> logical,
        Optional<RawDiskSpec> rawDisk) {

    /** Checks what holds for every format. */
    public ImageSpec {
        flags = Set.copyOf(flags);
        if (size <= 0) {
            throw new IllegalArgumentException("size " + size + " is not positive");
        }
        if (flags.contains(ImageFlag.DIFF) != parent.isPresent()) {
            throw new IllegalArgumentException("a differencing image, and only that, has a parent link");
        }
        if (flags.contains(ImageFlag.DIFF) && flags.contains(ImageFlag.FIXED)) {
            throw new IllegalArgumentException("a differencing image cannot be fixed");
        }
        Objects.requireNonNull(uuid);
        Objects.requireNonNull(modificationUuid);
        Objects.requireNonNull(comment);
        Objects.requireNonNull(physical);
        Objects.requireNonNull(logical);
        Objects.requireNonNull(rawDisk);
    }

    /** A base image of that size with random UUIDs. */
    public static ImageSpec base(long size, Set<ImageFlag> flags) {
        return new ImageSpec(
                size,
                flags,
                UUID.randomUUID(),
                UUID.randomUUID(),
                Optional.empty(),
                "",
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** The same with this image UUID. */
    public ImageSpec withUuid(UUID value) {
        return new ImageSpec(size, flags, value, modificationUuid, parent, comment, physical, logical, rawDisk);
    }

    /** The same as a differencing image on this parent. */
    public ImageSpec withParent(ParentLink link) {
        var diff = java.util.EnumSet.of(ImageFlag.DIFF);
        diff.addAll(flags);
        return new ImageSpec(
                size, diff, uuid, modificationUuid, Optional.of(link), comment, physical, logical, rawDisk);
    }

    /** The same with this comment. */
    public ImageSpec withComment(String text) {
        return new ImageSpec(size, flags, uuid, modificationUuid, parent, text, physical, logical, rawDisk);
    }

    /** The same with these geometries. */
    public ImageSpec withGeometry(Optional<Geometry> newPhysical, Optional<Geometry> newLogical) {
        return new ImageSpec(size, flags, uuid, modificationUuid, parent, comment, newPhysical, newLogical, rawDisk);
    }

    /** The same for these devices and partitions. */
    public ImageSpec withRawDisk(RawDiskSpec devices) {
        return new ImageSpec(
                size, flags, uuid, modificationUuid, parent, comment, physical, logical, Optional.of(devices));
    }
}
